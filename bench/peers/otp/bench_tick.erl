%% SPDX-License-Identifier: Apache-2.0
%% Notes when it is called.
-module(bench_tick).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2]).

init(_) -> {ok, []}.
handle_event({event, _}, Times) -> {ok, [erlang:monotonic_time(nanosecond) | Times]}.
handle_call(get, Times) -> {ok, Times, Times}.
