%% SPDX-License-Identifier: Apache-2.0
%% Appends to a list, which is emptied each 1,024 entries.
-module(bench_append).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2]).

init(_) -> {ok, {0, 0, []}}.
handle_event({event, <<_:64, _/binary>>}, {1023, Flushed, _}) -> {ok, {0, Flushed + 1024, []}};
handle_event({event, <<Seq:64, _/binary>>}, {Length, Flushed, Seqs}) -> {ok, {Length + 1, Flushed, [Seq | Seqs]}}.
handle_call(get, {Length, Flushed, _} = State) -> {ok, Length + Flushed, State}.
