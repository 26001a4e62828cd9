// SPDX-License-Identifier: Apache-2.0
// Who may do something how often: a bucket of `burst` tokens for each key, filled again at `rate` a second.
// Call: `allow` KEY -> true (and a token is taken) or false. Both options are hot.
// State 1: a map from keys to tokens and when they were counted.
#include <baton/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

class RateLimiter final : public baton::Server {
 public:
  static constexpr auto rate =
      baton::option("rate", 10.0, "tokens that come back a second").at_least(0.001).hot();
  static constexpr auto burst =
      baton::option("burst", 20.0, "tokens of a key that has not asked for long").at_least(1).hot();
  static constexpr auto description = baton::describe("RateLimiter")
                                          .help("says how often a key may; call: allow KEY")
                                          .options(rate, burst)
                                          .state(1);

  explicit RateLimiter(const baton::Init& init) : host_(init.host()) {
    change_options(init.options());
    init.take_over(buckets_);
  }

  baton::Next handle_call(const baton::Request& request, baton::From, baton::Reply& reply) override {
    if (request.type() != "allow") {
      return baton::Next::unknown_request;
    }
    const std::int64_t now_us = host_.now_us();
    Bucket& bucket = buckets_.try_emplace(std::string(request.data()), Bucket{burst_, now_us}).first->second;
    const auto passed_us = static_cast<double>(std::max<std::int64_t>(now_us - bucket.counted_us, 0));
    bucket = {std::min(burst_, bucket.tokens + rate_ * passed_us / 1e6), now_us};
    const bool is_allowed = bucket.tokens >= 1;
    bucket.tokens -= is_allowed ? 1 : 0;
    reply.json(is_allowed ? "true" : "false");
    return baton::Next::ok;
  }

  void change_options(const baton::Options& options) override {
    rate_ = options[rate];
    burst_ = options[burst];
  }

  void save(baton::StateWriter& out) const override { out.value(buckets_); }

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t counted_us = 0;

    static constexpr auto fields = std::tuple(&Bucket::tokens, &Bucket::counted_us);
  };

  baton::Host host_;
  double rate_ = 0;
  double burst_ = 0;
  std::map<std::string, Bucket> buckets_;
};

BATON_PLUGIN("rate_limiter", "1.0.0", RateLimiter)
