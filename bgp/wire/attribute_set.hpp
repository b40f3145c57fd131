// The path attributes of one UPDATE by code, undecoded. Inner face of the UPDATE decoder.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "bgp/wire/attribute_table.hpp"

namespace pipit::bgp {

/// The attributes of a message by code. Only entries whose bit is set are initialized.
class AttributeSet {
 public:
  bool has(std::uint8_t code) const { return (words_[code / 64] >> (code % 64) & 1) != 0; }

  bool has(AttributeCode code) const { return has(static_cast<std::uint8_t>(code)); }

  bool empty() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
  }

  /// True when there is an attribute other than `code`.
  bool has_other_than(AttributeCode code) const {
    AttributeSet rest;
    rest.words_ = words_;
    const auto number = static_cast<std::uint8_t>(code);
    rest.words_[number / 64] &= ~(std::uint64_t{1} << (number % 64));
    return !rest.empty();
  }

  void add(const RawAttribute& attribute) {
    words_[attribute.code / 64] |= std::uint64_t{1} << (attribute.code % 64);
    entries_[attribute.code].attribute = attribute;
  }

  template <typename Visit>
  void by_ascending_code(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(entries_[64 * i + static_cast<std::size_t>(std::countr_zero(word))].attribute);
      }
    }
  }

 private:
  union Entry {
    Entry() {}  // NOLINT: left uninitialized on purpose, 256 of them are not worth clearing

    RawAttribute attribute;
  };

  std::array<std::uint64_t, 4> words_{};
  std::array<Entry, 256> entries_;
};

}  // namespace pipit::bgp
