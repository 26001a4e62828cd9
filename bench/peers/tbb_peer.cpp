// SPDX-License-Identifier: Apache-2.0
// oneTBB's concurrent_bounded_queue. usage: bench_tbb tbb WORKLOAD [N]
#include "bench/common/queue_workloads.hpp"

#include <tbb/concurrent_queue.h>

namespace bench {
namespace {

class TbbBox {
 public:
  static constexpr int spins = 0;

  class Producer {
   public:
    explicit Producer(TbbBox& box) : box_(box) {}

    void push(const Letter& letter) { box_.queue_.push(letter); }

   private:
    TbbBox& box_;
  };

  template <class Take>
  void drain(Take&& take) {
    Letter letter;
    queue_.pop(letter);
    Letter* const one = &letter;
    take(&one, 1);
  }

 private:
  tbb::concurrent_bounded_queue<Letter> queue_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run_queue<bench::TbbBox>(bench::run_of(argc, argv));
}
