// SPDX-License-Identifier: Apache-2.0
// moodycamel::BlockingConcurrentQueue. usage: bench_moodycamel PEER WORKLOAD [N]
//   moodycamel        one message at a time
//   moodycamel-bulk   up to 256 at a time
#include "bench/common/queue_workloads.hpp"

#include <concurrentqueue/blockingconcurrentqueue.h>

namespace bench {
namespace {

template <std::size_t letters_at_once>
class MoodycamelBox {
 public:
  static constexpr int spins = 10'000;

  class Producer {
   public:
    explicit Producer(MoodycamelBox& box) : box_(box), token_(box.queue_) {}

    void push(const Letter& letter) { box_.queue_.enqueue(token_, letter); }

   private:
    MoodycamelBox& box_;
    moodycamel::ProducerToken token_;
  };

  template <class Take>
  void drain(Take&& take) {
    const std::size_t count = queue_.wait_dequeue_bulk(token_, letters_.data(), letters_at_once);
    std::array<Letter*, letters_at_once> batch;
    for (std::size_t i = 0; i < count; ++i) {
      batch[i] = &letters_[i];
    }
    take(batch.data(), count);
  }

 private:
  moodycamel::BlockingConcurrentQueue<Letter> queue_;
  moodycamel::ConsumerToken token_{queue_};
  std::array<Letter, letters_at_once> letters_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Run run = bench::run_of(argc, argv);
  return run.peer.starts_with("moodycamel-bulk")
             ? bench::run_queue<bench::MoodycamelBox<bench::batch_max>>(run)
             : bench::run_queue<bench::MoodycamelBox<1>>(run);
}
