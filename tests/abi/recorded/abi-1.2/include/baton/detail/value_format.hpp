// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// What kinds of C++ values a state can hold, and how few bytes each takes. StateWriter::value() and
/// StateReader::value() decide by these.
namespace baton::inline v1::detail {

template <class T>
concept Fields = requires {
  std::tuple_size<std::remove_cvref_t<decltype(T::fields)>>::value;
};

template <class T>
concept Textual = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

template <class T>
concept Tuple = requires {
  std::tuple_size<T>::value;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_duration = false;
template <class Count, class Period>
inline constexpr bool is_duration<std::chrono::duration<Count, Period>> = std::integral<Count>;

/// std::vector, deque, list, set, map, their relatives, and what is made like them.
template <class T>
concept Container = !Textual<T> && requires(T & container, typename T::value_type item) {
  container.insert(container.end(), std::move(item));
  container.size();
};

template <class T>
concept Unordered = Container<T> && requires {
  typename T::hasher;
};

/// An item of a container as it can be built: a map's has a constant key.
template <class T>
struct Loose {
  using type = T;
};

template <class Key, class Value>
struct Loose<std::pair<const Key, Value>> {
  using type = std::pair<Key, Value>;
};

template <class T>
constexpr std::size_t least_bytes();

template <class T, std::size_t... i>
constexpr std::size_t least_bytes_of_tuple(std::index_sequence<i...>) {
  return (std::size_t{0} + ... + least_bytes<std::remove_cvref_t<std::tuple_element_t<i, T>>>());
}

template <class T, class... Members>
constexpr std::size_t least_bytes_of_fields(const std::tuple<Members T::*...>&) {
  return (std::size_t{0} + ... + least_bytes<Members>());
}

/// Bounds how many of them a damaged state can announce.
template <class T>
constexpr std::size_t least_bytes() {
  if constexpr (std::same_as<T, bool> || is_optional<T>) {
    return 1;
  } else if constexpr (Fields<T>) {
    return least_bytes_of_fields(T::fields);
  } else if constexpr (Tuple<T>) {
    return least_bytes_of_tuple<T>(std::make_index_sequence<std::tuple_size_v<T>>());
  } else {
    return sizeof(std::uint64_t);  // a number, or how many there are
  }
}

/// The items of a hash table, by their keys: the same contents are the same bytes, wherever they are written.
template <class T>
auto sorted_items(const T& table) {
  std::vector<const typename T::value_type*> items;
  items.reserve(table.size());
  for (const auto& item : table) {
    items.push_back(&item);
  }
  std::sort(items.begin(), items.end(), [](const auto* one, const auto* other) {
    if constexpr (requires { typename T::mapped_type; }) {
      return one->first < other->first;
    } else {
      return *one < *other;
    }
  });
  return items;
}

template <class R, class Argument>
std::remove_cvref_t<Argument> argument_of(R (*)(Argument));
template <class T, class R, class Argument>
std::remove_cvref_t<Argument> argument_of(R (T::*)(Argument) const);
template <class T>
auto argument_of(const T&) -> decltype(argument_of(&T::operator()));

}  // namespace baton::inline v1::detail
