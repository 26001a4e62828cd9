// SPDX-License-Identifier: Apache-2.0
// Who may do something how often: a bucket of `burst` tokens for each key, filled again at `rate` a second.
// Call: `allow` KEY -> true (and a token is taken) or false. Both options are hot.
// State 1: how many keys, and for each the key, its tokens, and when they were counted.
#include <baton/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

class RateLimiter final : public baton::Server {
 public:
  static constexpr auto description =
      baton::describe("RateLimiter")
          .help("says how often a key may; call: allow KEY")
          .option("rate", 10.0, "tokens that come back a second")
          .at_least(0.001)
          .hot()
          .option("burst", 20.0, "tokens of a key that has not asked for long")
          .at_least(1.0)
          .hot()
          .state(1);

  explicit RateLimiter(const baton::Init& init) : host_(init.host()) {
    change_options(init.options());
    if (const auto state = init.state()) {
      baton::StateReader in(state->data);
      const std::size_t count = in.count(3 * sizeof(std::uint64_t));
      for (std::size_t i = 0; i < count; ++i) {
        const std::string key(in.text());
        const double tokens = in.f64();
        buckets_[key] = {tokens, in.i64()};
      }
      in.expect_end();
    }
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
    rate_ = options.number("rate");
    burst_ = options.number("burst");
  }

  void save(baton::StateWriter& out) const override {
    out.u64(buckets_.size());
    for (const auto& [key, bucket] : buckets_) {
      out.text(key);
      out.f64(bucket.tokens);
      out.i64(bucket.counted_us);
    }
  }

 private:
  struct Bucket {
    double tokens;
    std::int64_t counted_us;
  };

  baton::Host host_;
  double rate_ = 0;
  double burst_ = 0;
  std::map<std::string, Bucket> buckets_;
};

BATON_PLUGIN("rate_limiter", "1.0.0", RateLimiter)
