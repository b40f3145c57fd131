// A regular expression over the AS numbers of an AS_PATH, compiled to an automaton: linear time in
// the length of the path, no backtracking.
//
// An AS number is one symbol, matched as a whole: "65001" never means a part of 165001.
//
//   65001             this AS
//   .                 any one AS; [0-9]+ means the same, [0-9]* one or none
//   [65001 65010-65019], [^65001]   one AS of these, one that is none of these
//   ^ $               begin and end of the path; without them the pattern is sought anywhere in it
//   _ and blanks      between AS numbers; nothing by themselves
//   x* x+ x? (x) x|y  as everywhere
//
// An AS_SET is one symbol that is each of its members: it matches where one of them does.
// Confederation segments are left out, as they are where the length of the path counts.
#pragma once

#include <bitset>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "net/bytes.hpp"
#include "policy/number_set.hpp"

namespace pipit::policy {

class AsPathPattern {
 public:
  /// AS numbers, classes and anchors that a pattern may have.
  static constexpr std::size_t kMaxPositions = 128;
  static constexpr std::size_t kMaxDepth = 32;  // of parentheses

  struct Error {
    std::size_t offset = 0;  // in the text, where it stopped making sense
    std::string message;
  };

  static std::expected<AsPathPattern, Error> compile(std::string_view text);

  /// `as_path` in canonical wire form.
  bool matches(net::ByteView as_path) const;

 private:
  friend class AsPathPatternParser;

  using Positions = std::bitset<kMaxPositions>;

  /// What stands at a position: AS numbers, or the begin or end of the path.
  struct Symbol {
    enum class Kind : std::uint8_t { AsNumbers, Begin, End };
    Kind kind = Kind::AsNumbers;
    NumberSet numbers{};
  };

  template <typename Holds>
  bool advance(Positions& active, const Holds& holds) const;

  // The position automaton (Glushkov): which positions a match may begin and end with, and which
  // may follow which.
  std::vector<Symbol> symbols_;
  std::vector<Positions> follow_;
  Positions first_;
  Positions last_;
  bool matches_nothing_at_all_ = false;  // the empty sequence is in the language
};

/// Those of the texts that are patterns: config/ has refused others.
std::vector<AsPathPattern> compile_patterns(const std::vector<std::string>& texts);

}  // namespace pipit::policy
