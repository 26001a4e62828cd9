// SPDX-License-Identifier: Apache-2.0
#include "host/base/result.hpp"

#include "host/base/assert.hpp"

#include <array>

namespace baton {
namespace {

struct ErrcRow {
  Errc code;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array errc_rows = {
#define BATON_ERRC(name, number, sentence) ErrcRow{Errc::name, #name, sentence},
#include "host/base/errc.def"
#undef BATON_ERRC
};

const ErrcRow& row_of(Errc code) {
  for (const ErrcRow& row : errc_rows) {
    if (row.code == code) {
      return row;
    }
  }
  BATON_ASSERT(false && "an Errc that is not in errc.def");
  return errc_rows.front();
}

}  // namespace

std::string_view errc_name(Errc code) {
  return row_of(code).name;
}

std::string_view errc_sentence(Errc code) {
  return row_of(code).sentence;
}

tl::expected<Errc, std::string> errc_from_name(std::string_view name) {
  for (const ErrcRow& row : errc_rows) {
    if (row.name == name) {
      return row.code;
    }
  }
  return tl::make_unexpected("no error code is called `" + std::string(name) + "`");
}

}  // namespace baton
