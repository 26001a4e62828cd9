// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/errors.hpp>
#include <baton/state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace baton::inline v1 {

namespace detail {

struct WriteValue {
  template <class T>
  void operator()(StateWriter& out, const T& value) const {
    out.value(value);
  }
};

template <class T>
struct ReadValue {
  T operator()(StateReader& in) const { return in.value<T>(); }
};

}  // namespace detail

/// A hash table from texts to values, for a state that is large: it goes to the next version in parts, while
/// events change it.
///
/// ```cpp
/// void begin_parts() override { counts_.begin_parts(); }
/// std::uint64_t save_part(baton::StateWriter& out) override { return counts_.save_part(out); }
/// void end_parts() override { counts_.end_parts(); }
/// void load_part(const baton::StatePart& part) override { counts_.load(part.data); }
/// void save(baton::StateWriter& out) const override { counts_.save(out); }
/// ```
///
/// Values are written as StateWriter::value() writes them, or by the author's `write(StateWriter&, const
/// Value&)`. A reader of an earlier version, `Value read(StateReader&)` for load(), is all there is to a
/// conversion.
///
/// How: the table is many small ones (slices). Parts are written slice by slice; an entry that changes in a
/// slice that has been written is written once more, alone, later. What changes in the others goes with them.
/// Threads: those of the instance.
template <class Value>
class HandoverMap {
 public:
  /// More slices make smaller parts: so many that one has a thousand entries or so.
  explicit HandoverMap(std::size_t slices = 1024) : slices_(std::max<std::size_t>(slices, 1)) {}

  HandoverMap(const HandoverMap&) = delete;
  HandoverMap& operator=(const HandoverMap&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Nothing when there is no such key.
  [[nodiscard]] const Value* find(const std::string& key) const {
    const Slice& slice = slices_[slice_of(key)];
    const auto found = slice.find(key);
    return found == slice.end() ? nullptr : &found->second.value;
  }

  /// For a change: a new entry is value-initialised. The reference must not be written to after the callback.
  Value& operator[](const std::string& key) {
    const std::size_t slice = slice_of(key);
    const auto [place, is_new] = slices_[slice].try_emplace(key);
    size_ += is_new ? 1U : 0U;
    note_change(slice, *place);
    return place->second.value;
  }

  /// False: there was no such key.
  bool erase(const std::string& key) {
    const std::size_t slice = slice_of(key);
    const auto found = slices_[slice].find(key);
    if (found == slices_[slice].end()) {
      return false;
    }
    if (slice < next_slice_) {
      if (found->second.change != 0) {
        changed_[found->second.change - 1] = nullptr;
      }
      erased_.push_back(key);
    }
    slices_[slice].erase(found);
    --size_;
    return true;
  }

  /// visit(key, value) for each, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slice& slice : slices_) {
      for (const auto& [key, entry] : slice) {
        visit(key, entry.value);
      }
    }
  }

  /// Everything at once, in the same form as parts.
  template <class Write = detail::WriteValue>
  void save(StateWriter& out, Write write = {}) const {
    for (const Slice& slice : slices_) {
      for (const auto& item : slice) {
        write_entry(out, item, write);
      }
    }
  }

  void begin_parts() {
    end_parts();
    is_in_parts_ = true;
  }

  /// Writes the next part; returns about how many bytes are left.
  template <class Write = detail::WriteValue>
  std::uint64_t save_part(StateWriter& out, Write write = {}) {
    if (!is_in_parts_) {
      return 0;
    }
    while (next_slice_ < slices_.size() && out.size() < part_bytes) {
      for (const auto& item : slices_[next_slice_]) {
        write_entry(out, item, write);
        ++written_;
      }
      ++next_slice_;
    }
    while (!erased_.empty() && out.size() < part_bytes) {  // first: the key may be there again by now
      out.boolean(false);
      out.text(erased_.back());
      erased_.pop_back();
    }
    while (erased_.empty() && !changed_.empty() && out.size() < part_bytes) {
      if (Item* const item = changed_.back()) {
        write_entry(out, *item, write);
        item->second.change = 0;
        ++written_;
      }
      changed_.pop_back();
    }
    written_bytes_ += out.size();
    return bytes_left();
  }

  void end_parts() {
    for (Item* const item : changed_) {
      if (item != nullptr) {
        item->second.change = 0;
      }
    }
    changed_ = {};
    erased_ = {};
    next_slice_ = 0;
    written_ = 0;
    written_bytes_ = 0;
    is_in_parts_ = false;
  }

  /// Takes over what save() or save_part() wrote. Throws BadState when it is malformed.
  template <class Read = detail::ReadValue<Value>>
  void load(std::string_view data, Read read = {}) {
    StateReader in(data);
    while (!in.is_at_end()) {
      const bool is_there = in.boolean();
      std::string key(in.text());
      if (is_there) {
        (*this)[key] = read(in);
      } else {
        erase(key);
      }
    }
  }

 private:
  static constexpr std::size_t part_bytes = std::size_t{64} * 1024;

  struct Entry {
    Value value{};
    std::uint32_t change = 0;  // its place in changed_, from 1; 0: it is not in there
  };

  using Slice = std::unordered_map<std::string, Entry>;
  using Item = typename Slice::value_type;

  [[nodiscard]] std::size_t slice_of(const std::string& key) const {
    // Mixed, because the slice's own table takes the same hash by its remainder.
    return ((std::hash<std::string>{}(key)*0x9E3779B97F4A7C15ULL) >> 32U) % slices_.size();
  }

  void note_change(std::size_t slice, Item& item) {
    if (slice < next_slice_ && item.second.change == 0) {
      if (changed_.size() == std::numeric_limits<std::uint32_t>::max()) {
        throw std::bad_alloc();
      }
      changed_.push_back(&item);  // items stay where they are until they are erased
      item.second.change = static_cast<std::uint32_t>(changed_.size());
    }
  }

  template <class Write>
  static void write_entry(StateWriter& out, const Item& item, Write& write) {
    out.boolean(true);
    out.text(item.first);
    write(out, item.second.value);
  }

  [[nodiscard]] std::uint64_t bytes_left() const {
    const bool is_all_written = next_slice_ == slices_.size() && changed_.empty() && erased_.empty();
    if (is_all_written) {
      return 0;
    }
    const std::size_t of_slices = size_ / slices_.size() * (slices_.size() - next_slice_);
    const std::uint64_t entry_bytes = written_ == 0 ? 64 : written_bytes_ / written_ + 1;
    return 1 + (of_slices + changed_.size() + erased_.size()) * entry_bytes;
  }

  std::vector<Slice> slices_;
  std::size_t size_ = 0;
  // Of the parts that are being written.
  bool is_in_parts_ = false;
  std::size_t next_slice_ = 0;  // those before it are written
  std::vector<Item*> changed_;  // in written slices, since they were; null: erased since
  std::vector<std::string> erased_;
  std::uint64_t written_ = 0;
  std::uint64_t written_bytes_ = 0;
};

}  // namespace baton::inline v1
