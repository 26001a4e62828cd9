%% SPDX-License-Identifier: Apache-2.0
-module(bench_count).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2]).

init(_) -> {ok, {0, 0}}.
handle_event({event, <<Seq:64, _/binary>>}, {Count, Sum}) -> {ok, {Count + 1, Sum + Seq}}.
handle_call(get, State) -> {ok, State, State};
handle_call(reset, _) -> {ok, ok, {0, 0}}.
