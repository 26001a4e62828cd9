// SPDX-License-Identifier: Apache-2.0
#include <baton/state.hpp>
#include <baton/testing/callback_result.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace {

template <class Write>
std::string written(Write&& write) {
  return baton::testing::run_callback([&](baton_outcome* outcome) {
           baton::StateWriter out(*outcome->reply);
           write(out);
           out.flush();
           return BATON_OK;
         })
      .reply;
}

}  // namespace

TEST_CASE("what a StateWriter wrote, a StateReader reads") {
  const std::string large(10'000, 'x');
  const std::string state = written([&](baton::StateWriter& out) {
    out.u8(200);
    out.u32(4'000'000'000U);
    out.i64(std::numeric_limits<std::int64_t>::min());
    out.f64(-0.1);
    out.boolean(true);
    out.text(large);
    out.text({});
    out.u64(1);
  });

  baton::StateReader in(state);
  CHECK(in.u8() == 200);
  CHECK(in.u32() == 4'000'000'000U);
  CHECK(in.i64() == std::numeric_limits<std::int64_t>::min());
  CHECK(in.f64() == -0.1);
  CHECK(in.boolean());
  CHECK(in.text() == large);
  CHECK(in.text().empty());
  CHECK(in.u64() == 1);
  CHECK_NOTHROW(in.expect_end());
}

TEST_CASE("numbers are little-endian, whatever the machine") {
  CHECK(written([](baton::StateWriter& out) { out.u32(0x01020304); }) == "\x04\x03\x02\x01");
}

TEST_CASE("a state that ends early is refused at every length") {
  const std::string state = written([](baton::StateWriter& out) {
    out.u64(1);
    out.text("abc");
  });

  for (std::size_t size = 0; size < state.size(); ++size) {
    CAPTURE(size);
    baton::StateReader in(std::string_view(state).substr(0, size));
    CHECK_THROWS_AS((in.u64(), in.text()), baton::BadState);
  }
}

TEST_CASE("a malformed state is refused: a count beyond its bytes, bytes behind its end, a strange boolean") {
  const std::string huge = written([](baton::StateWriter& out) { out.u64(~std::uint64_t{0}); });
  CHECK_THROWS_AS(baton::StateReader(huge).count(1), baton::BadState);
  CHECK_THROWS_AS(baton::StateReader(huge).text(), baton::BadState);
  CHECK_THROWS_AS(baton::StateReader("x").expect_end(), baton::BadState);
  CHECK_THROWS_AS(baton::StateReader("\x02").boolean(), baton::BadState);
}
