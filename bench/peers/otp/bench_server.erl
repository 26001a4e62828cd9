%% SPDX-License-Identifier: Apache-2.0
%% Counts casts and calls; or is one of a ring.
-module(bench_server).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2]).

init(ring) -> {ok, {ring, none}};
init(hibernate) -> {ok, {0, 0}, hibernate};
init(_) -> {ok, {0, 0}}.

handle_cast({event, <<Seq:64, _/binary>>}, {Count, Sum}) -> {noreply, {Count + 1, Sum + Seq}};
handle_cast({token, 0, From}, State) -> From ! ring_done, {noreply, State};
handle_cast({token, Hops, From}, {ring, Next} = State) ->
    gen_server:cast(Next, {token, Hops - 1, From}),
    {noreply, State};
handle_cast({next, Next}, {ring, _}) -> {noreply, {ring, Next}}.

handle_call({rpc, <<Seq:64, _/binary>>}, _From, {Count, Sum}) -> {reply, Seq + 1, {Count + 1, Sum + Seq}};
handle_call(get, _From, State) -> {reply, State, State};
handle_call(reset, _From, _State) -> {reply, ok, {0, 0}}.
