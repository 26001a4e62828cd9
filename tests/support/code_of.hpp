// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <string>

namespace baton::test {

/// The code of an error, or nothing: what most tests of failures ask for.
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : std::string(errc_name(result.error().code));
}

}  // namespace baton::test
