%% SPDX-License-Identifier: Apache-2.0
%% Counts; takes the place of the other of bench_swap_a and bench_swap_b, with its state.
-module(bench_swap_a).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2, terminate/2]).

init({new, More}) -> {ok, {0, 0, More}};
init({swap, State}) -> {ok, State}.
handle_event({event, <<Seq:64, _/binary>>}, {Count, Sum, More}) -> {ok, {Count + 1, Sum + Seq, More}}.
handle_call(get, {Count, Sum, _} = State) -> {ok, {Count, Sum}, State}.
terminate(swap, State) -> State;
terminate(_, _) -> ok.
