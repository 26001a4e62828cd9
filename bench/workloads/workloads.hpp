// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/measure.hpp"

/// The workloads of docs/performance.md on an embedded host, through its public API only. Each runs in a
/// process of its own: it sends a tenth of the messages first, measures, checks that nothing was lost and
/// nothing came twice, then (outside of the time) that every producer's order was kept, and writes one
/// Result.
namespace bench {

void run_cast(const Run& run);         // W1
void run_call(const Run& run);         // W2
void run_paced_call(const Run& run);   // W2p
void run_inner_call(const Run& run);   // W2in
void run_notify(const Run& run);       // W3, W4, W5
void run_sync_notify(const Run& run);  // W3b
void run_many(const Run& run);         // W6
void run_ring(const Run& run);         // W6ring
void run_swap(const Run& run);         // W7, W7big
void run_boot(const Run& run);         // W0

/// What stands behind the slash of a peer's name chooses a form of it: `baton/infinity`, `baton/batch`.
[[nodiscard]] inline bool has_form(const Run& run, const char* form) {
  const auto slash = run.peer.find('/');
  return slash != std::string::npos && run.peer.substr(slash + 1) == form;
}

}  // namespace bench
