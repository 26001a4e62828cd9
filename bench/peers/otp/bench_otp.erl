%% SPDX-License-Identifier: Apache-2.0
%% Erlang/OTP: gen_server and gen_event, one run of one workload.
%% usage: erl -noshell -pa EBIN -run bench_otp main PEER WORKLOAD [N]
%%   beam            OTP's defaults: calls have a time limit of 5 s
%%   beam/infinity   calls have none
%%   beam/hibernate  W6: the servers hibernate at once
-module(bench_otp).
-export([main/1]).

-define(TAIL, 16#5555555555555555:64, 7:64, 42:64).

main([Peer, Workload | Rest]) ->
    [Name | Handlers] = string:split(Workload, "/"),
    H = case Handlers of [] -> 2; [Digits] -> list_to_integer(Digits) end,
    N = case Rest of [] -> usual(Name, H); [Given] -> given(Given, Name, H) end,
    Self = self(),
    spawn(fun() -> Self ! {ended, catch run(Name, Peer, Workload, N, H)} end),
    receive
        {ended, ok} -> halt(0);
        {ended, Why} -> io:format(standard_error, "CHECK FAILED: ~p~n", [Why]), halt(3)
    end.

given("0", Name, H) -> usual(Name, H);
given(Digits, _, _) -> list_to_integer(Digits).

usual("W2", _) -> 100000;
usual("W2p", _) -> 500;
usual("W3b", _) -> 100000;
usual("W5", H) -> min(1000000, 10000000 div H);
usual("W6", _) -> 100000;
usual("W7", _) -> 200000;
usual("W7big", _) -> 200000;
usual(_, _) -> 1000000.

run("W0", Peer, Wl, _, _) ->
    M = manager(),
    gen_event:notify(M, {event, payload(0)}),
    check(1, gen_event:call(M, bench_count, get, infinity)),
    result(Peer, Wl, 1, 0, [{resident_bytes, resident()}]);
run("W1", Peer, Wl, N, _) ->
    Server = server(),
    casts(Server, 0, N div 10),
    check(N div 10, gen_server:call(Server, get, infinity)),
    ok = gen_server:call(Server, reset, infinity),
    Begin = now_ns(),
    casts(Server, 0, N),
    Sent = now_ns(),
    Counter = gen_server:call(Server, get, infinity),
    End = now_ns(),
    check(N, Counter),
    result(Peer, Wl, N, (End - Begin) / N, [{send_ns, (Sent - Begin) / N}]);
run("W2", Peer, Wl, N, _) ->
    Server = server(),
    Limit = limit(Peer),
    Call = fun(I) -> R = gen_server:call(Server, {rpc, payload(I)}, Limit), R = I + 1 end,
    questions(Peer, Wl, N, 0, Call);
run("W2p", Peer, Wl, N, _) ->
    Server = server(),
    Call = fun(I) -> R = gen_server:call(Server, {rpc, payload(I)}), R = I + 1 end,
    questions(Peer, Wl, N, 1, Call);
run("W3b", Peer, Wl, N, _) ->
    M = manager(),
    questions(Peer, Wl, N, 0, fun(I) -> ok = gen_event:sync_notify(M, {event, payload(I)}) end),
    {All, _} = gen_event:call(M, bench_count, get, infinity),
    All = N div 10 + N,
    ok;
run(Name, Peer, Wl, N, H) when Name =:= "W3"; Name =:= "W4"; Name =:= "W5" ->
    {M, Counters} = case Name of "W5" -> counters(H); _ -> {manager(), [bench_count]} end,
    notifies(M, 0, N div 10),
    [check(N div 10, gen_event:call(M, Id, get, infinity)) || Id <- Counters],
    [ok = gen_event:call(M, Id, reset, infinity) || Id <- Counters],
    Producers = case Name of "W4" -> 4; _ -> 1 end,
    Begin = notify_by(Producers, M, N),
    Counter = gen_event:call(M, lists:last(Counters), get, infinity),
    End = now_ns(),
    check(N, Counter),
    [check(N, gen_event:call(M, Id, get, infinity)) || Id <- Counters],
    Ns = (End - Begin) / N,
    result(Peer, Wl, N, Ns, [{ns_per_handler, Ns / H}]);
run("W6", Peer, Wl, N, _) ->
    Arg = case Peer of "beam/hibernate" -> hibernate; _ -> none end,
    {ok, _} = gen_server:start(bench_server, Arg, []),
    garbage_collect(),
    Resident = resident(),
    Begin = now_ns(),
    Servers = [begin {ok, P} = gen_server:start(bench_server, Arg, []), P end || _ <- lists:seq(1, N)],
    Started = now_ns(),
    Grown = resident() - Resident,
    [gen_server:cast(P, {event, payload(1)}) || P <- Servers],
    [{1, 1} = gen_server:call(P, get, infinity) || P <- Servers],
    Touched = now_ns(),
    [gen_server:stop(P) || P <- Servers],
    Stopped = now_ns(),
    result(Peer, Wl, N, (Started - Begin) / N, [{bytes_rss, Grown / N}, {first_touch_ns, (Touched - Started) / N},
                                                {stop_ns, (Stopped - Touched) / N}]);
run("W6ring", Peer, Wl, Hops, _) ->
    Ring = [begin {ok, P} = gen_server:start(bench_server, ring, []), P end || _ <- lists:seq(1, 1000)],
    [gen_server:cast(A, {next, B}) || {A, B} <- lists:zip(Ring, tl(Ring) ++ [hd(Ring)])],
    go_round(Ring, Hops div 10),
    Begin = now_ns(),
    go_round(Ring, Hops),
    result(Peer, Wl, Hops, (now_ns() - Begin) / Hops, []);
run(Name, Peer, Wl, N, _) when Name =:= "W7"; Name =:= "W7big" ->
    swap(Peer, Wl, N, case Name of "W7" -> 0; _ -> 1048576 div 16 end).

%% ---- the work --------------------------------------------------------------------------------

server() -> {ok, Pid} = gen_server:start(bench_server, none, []), Pid.

manager() ->
    {ok, M} = gen_event:start([]),
    ok = gen_event:add_handler(M, bench_count, []),
    ok = gen_event:add_handler(M, bench_append, []),
    M.

counters(H) ->
    {ok, M} = gen_event:start([]),
    Ids = [{bench_count, I} || I <- lists:seq(1, H)],
    [ok = gen_event:add_handler(M, Id, []) || Id <- Ids],
    {M, Ids}.

payload(I) -> <<I:64, ?TAIL>>.

casts(_, N, N) -> ok;
casts(Server, I, N) -> gen_server:cast(Server, {event, payload(I)}), casts(Server, I + 1, N).

notifies(_, N, N) -> ok;
notifies(M, I, N) -> gen_event:notify(M, {event, payload(I)}), notifies(M, I + 1, N).

%% When it began.
notify_by(1, M, N) -> Begin = now_ns(), notifies(M, 0, N), Begin;
notify_by(Producers, M, N) ->
    Self = self(),
    Each = N div Producers,
    Pids = [spawn(fun() -> receive go -> ok end, notifies(M, K * Each, (K + 1) * Each), Self ! {sent, self()} end)
            || K <- lists:seq(0, Producers - 1)],
    Begin = now_ns(),
    [P ! go || P <- Pids],
    [receive {sent, P} -> ok end || P <- Pids],
    Begin.

questions(Peer, Wl, N, SleepMs, Ask) ->
    _ = ask_all(0, N div 10, SleepMs, Ask, now_ns(), []),
    Begin = now_ns(),
    Latencies = ask_all(0, N, SleepMs, Ask, Begin, []),
    Time = now_ns() - Begin,
    result(Peer, Wl, N, Time / N, quantiles(["p50", "p90", "p99", "p999", "max"], Latencies)).

ask_all(N, N, _, _, _, Acc) -> Acc;
ask_all(I, N, 0, Ask, Last, Acc) ->
    Ask(I),
    Now = now_ns(),
    ask_all(I + 1, N, 0, Ask, Now, [Now - Last | Acc]);
ask_all(I, N, SleepMs, Ask, _, Acc) ->
    timer:sleep(SleepMs),
    Begin = now_ns(),
    Ask(I),
    ask_all(I + 1, N, SleepMs, Ask, Begin, [now_ns() - Begin | Acc]).

go_round(Ring, Hops) -> gen_server:cast(hd(Ring), {token, Hops, self()}), receive ring_done -> ok end.

%% ---- W7 --------------------------------------------------------------------------------------

swap(Peer, Wl, N, Words) ->
    {ok, M} = gen_event:start([]),
    ok = gen_event:add_handler(M, bench_swap_a, {new, lists:seq(1, Words)}),
    ok = gen_event:add_handler(M, bench_tick, []),
    Self = self(),
    Begin = now_ns(),
    spawn_link(fun() -> paced(M, 0, N, now_ns()), Self ! sent end),
    BaselineMs = N div 200,
    timer:sleep(BaselineMs),
    Count = N * 9 div 20000,
    Swaps = swaps(M, Count, bench_swap_a, bench_swap_b, []),
    receive sent -> ok end,
    Last = case Count rem 2 of 0 -> bench_swap_a; 1 -> bench_swap_b end,
    check(N, gen_event:call(M, Last, get, infinity)),
    Times = list_to_tuple(lists:reverse(gen_event:call(M, bench_tick, get, infinity))),
    N = tuple_size(Times),
    Gaps = [gap(Times, A, B) || {A, B} <- Swaps, A < element(N, Times)],
    Baseline = baseline(Times, 2, Begin + BaselineMs * 1000000, []),
    result(Peer, Wl, Count, 0,
           quantiles(["swap_p50", "swap_p90", none, none, "swap_max"], [B - A || {A, B} <- Swaps])
           ++ quantiles(["gap_p50", "gap_p90", none, none, "gap_max"], Gaps)
           ++ quantiles(["base_p50", none, none, "base_p999", "base_max"], Baseline)).

swaps(_, 0, _, _, Acc) -> Acc;
swaps(M, Left, From, To, Acc) ->
    Begin = now_ns(),
    ok = gen_event:swap_handler(M, {From, swap}, {To, swap}),
    End = now_ns(),
    timer:sleep(10),
    swaps(M, Left - 1, To, From, [{Begin, End} | Acc]).

paced(_, N, N, _) -> ok;
paced(M, I, N, Due) -> wait_until(Due), gen_event:notify(M, {event, payload(I)}), paced(M, I + 1, N, Due + 10000).

wait_until(Due) -> case now_ns() < Due of true -> wait_until(Due); false -> ok end.

baseline(Times, I, End, Acc) when I > tuple_size(Times); element(I, Times) > End -> Acc;
baseline(Times, I, End, Acc) -> baseline(Times, I + 1, End, [element(I, Times) - element(I - 1, Times) | Acc]).

%% The longest time between two calls that has something in common with Begin to End.
gap(Times, Begin, End) -> gap_from(Times, max(1, first_at(Times, Begin, 1, tuple_size(Times)) - 1), End, 0).

gap_from(Times, I, _, Longest) when I >= tuple_size(Times) -> Longest;
gap_from(Times, I, End, Longest) when element(I, Times) > End -> Longest;
gap_from(Times, I, End, Longest) ->
    gap_from(Times, I + 1, End, max(Longest, element(I + 1, Times) - element(I, Times))).

first_at(_, _, Low, High) when Low >= High -> Low;
first_at(Times, At, Low, High) ->
    Middle = (Low + High) div 2,
    case element(Middle, Times) < At of
        true -> first_at(Times, At, Middle + 1, High);
        false -> first_at(Times, At, Low, Middle)
    end.

%% ---- measuring -------------------------------------------------------------------------------

limit("beam/infinity") -> infinity;
limit(_) -> 5000.

now_ns() -> erlang:monotonic_time(nanosecond).

check(N, {N, Sum}) when Sum =:= N * (N - 1) div 2 -> ok;
check(N, Counter) -> exit({counted, Counter, 'of', N}).

resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:split(binary_to_list(Text), " ", all),
    list_to_integer(Pages) * 4096.

quantiles(Names, Values) ->
    Sorted = list_to_tuple(lists:sort(Values)),
    Size = tuple_size(Sorted),
    At = fun(Share) -> element(min(Size, trunc(Share * Size) + 1), Sorted) end,
    [{Name, At(Share)} || {Name, Share} <- lists:zip(Names, [0.5, 0.9, 0.99, 0.999, 1.0]), Name =/= none].

result(Peer, Workload, N, Ns, More) ->
    io:format("{\"peer\": \"~s\", \"workload\": \"~s\", \"n\": ~b, \"ns\": ~.3f~s}~n",
              [Peer, Workload, N, float(Ns), [io_lib:format(", \"~s\": ~.3f", [K, float(V)]) || {K, V} <- More]]),
    ok.
