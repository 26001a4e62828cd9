# SPDX-License-Identifier: Apache-2.0
# Elixir's GenEvent (deprecated, still shipped): one run of one workload.
# usage: elixir genevent.exs genevent WORKLOAD [N]
Code.compiler_options(ignore_module_conflict: true)

defmodule Count do
  use GenEvent
  def init(_), do: {:ok, {0, 0}}
  def handle_event({:event, <<seq::64, _::binary>>}, {count, sum}), do: {:ok, {count + 1, sum + seq}}
  def handle_call(:get, state), do: {:ok, state, state}
  def handle_call(:reset, _), do: {:ok, :ok, {0, 0}}
end

defmodule Append do
  use GenEvent
  def init(_), do: {:ok, {0, 0, []}}
  def handle_event({:event, <<_::64, _::binary>>}, {1023, flushed, _}), do: {:ok, {0, flushed + 1024, []}}

  def handle_event({:event, <<seq::64, _::binary>>}, {length, flushed, seqs}),
    do: {:ok, {length + 1, flushed, [seq | seqs]}}
end

defmodule Bench do
  def payload(i), do: <<i::64, 0x5555555555555555::64, 7::64, 42::64>>
  def now, do: :erlang.monotonic_time(:nanosecond)

  def notifies(_, n, n), do: :ok

  def notifies(manager, i, n) do
    GenEvent.notify(manager, {:event, payload(i)})
    notifies(manager, i + 1, n)
  end

  def syncs(_, n, n, _, acc), do: acc

  def syncs(manager, i, n, last, acc) do
    :ok = GenEvent.sync_notify(manager, {:event, payload(i)})
    now = now()
    syncs(manager, i + 1, n, now, [now - last | acc])
  end

  def check(n, {n, sum}) when sum == div(n * (n - 1), 2), do: :ok

  def manager do
    {:ok, manager} = GenEvent.start()
    :ok = GenEvent.add_handler(manager, Count, [])
    :ok = GenEvent.add_handler(manager, Append, [])
    {manager, [Count]}
  end

  def counters(h) do
    {:ok, manager} = GenEvent.start()
    ids = for i <- 1..h, do: {Count, i}
    for id <- ids, do: :ok = GenEvent.add_handler(manager, id, [])
    {manager, ids}
  end

  def notify_by(1, manager, n) do
    start = now()
    notifies(manager, 0, n)
    start
  end

  def notify_by(producers, manager, n) do
    me = self()
    each = div(n, producers)

    pids =
      for k <- 0..(producers - 1) do
        spawn(fn ->
          receive do
            :go -> :ok
          end

          notifies(manager, k * each, (k + 1) * each)
          send(me, {:sent, self()})
        end)
      end

    start = now()
    for pid <- pids, do: send(pid, :go)

    for pid <- pids do
      receive do
        {:sent, ^pid} -> :ok
      end
    end

    start
  end

  def run("W3b", peer, workload, n, _) do
    {manager, _} = manager()
    syncs(manager, 0, div(n, 10), now(), [])
    start = now()
    latencies = syncs(manager, 0, n, start, [])
    time = now() - start
    sorted = latencies |> Enum.sort() |> List.to_tuple()
    at = fn share -> elem(sorted, min(n - 1, trunc(share * n))) end

    result(peer, workload, n, time / n,
      p50: at.(0.5),
      p90: at.(0.9),
      p99: at.(0.99),
      p999: at.(0.999),
      max: at.(1.0)
    )
  end

  def run(name, peer, workload, n, h) when name in ["W3", "W4", "W5"] do
    {manager, ids} = if name == "W5", do: counters(h), else: manager()
    notifies(manager, 0, div(n, 10))
    for id <- ids, do: check(div(n, 10), GenEvent.call(manager, id, :get, :infinity))
    for id <- ids, do: :ok = GenEvent.call(manager, id, :reset, :infinity)
    start = notify_by(if(name == "W4", do: 4, else: 1), manager, n)
    counter = GenEvent.call(manager, List.last(ids), :get, :infinity)
    time = now() - start
    check(n, counter)
    for id <- ids, do: check(n, GenEvent.call(manager, id, :get, :infinity))
    result(peer, workload, n, time / n, ns_per_handler: time / n / h)
  end

  def result(peer, workload, n, ns, more) do
    more = for {name, value} <- more, do: ", \"#{name}\": #{:erlang.float_to_binary(value / 1, decimals: 3)}"
    ns = :erlang.float_to_binary(ns / 1, decimals: 3)
    IO.puts("{\"peer\": \"#{peer}\", \"workload\": \"#{workload}\", \"n\": #{n}, \"ns\": #{ns}#{more}}")
  end
end

[peer, workload | rest] = System.argv()
[name | handlers] = String.split(workload, "/")
h = if handlers == [], do: 2, else: String.to_integer(hd(handlers))
given = if rest == [], do: 0, else: String.to_integer(hd(rest))

n =
  cond do
    given > 0 -> given
    name == "W3b" -> 100_000
    name == "W5" -> min(1_000_000, div(10_000_000, h))
    true -> 1_000_000
  end

Bench.run(name, peer, workload, n, h)
