// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/host.hpp>
#include <baton/message.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace baton::inline v1 {

/// Which events a handler cares about, by their type; for the customary option `types`. None listed: all.
/// Compares numbers, and texts only for types that the host's full table of atoms has no number for.
class TypeFilter {
 public:
  TypeFilter(const Host& host, const std::vector<std::string_view>& types) {
    types_.reserve(types.size());
    for (const std::string_view type : types) {
      types_.push_back({host.intern(type), std::string(type)});
    }
  }

  [[nodiscard]] bool matches(const Message& message) const noexcept {
    if (types_.empty()) {
      return true;
    }
    const Atom atom = message.type_atom();
    for (const Type& type : types_) {
      const bool has_numbers = atom != Atom::none && type.atom != Atom::none;
      if (has_numbers ? atom == type.atom : message.type() == type.text) {
        return true;
      }
    }
    return false;
  }

 private:
  struct Type {
    Atom atom;
    std::string text;
  };

  std::vector<Type> types_;
};

}  // namespace baton::inline v1
