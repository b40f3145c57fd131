#include "policy/as_path_pattern.hpp"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "bgp/wire/as_path.hpp"

namespace pipit::policy {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kBlank = " \t_,";
constexpr const char* kWhole =
    "an AS number is matched as a whole: separate AS numbers by \"_\" or a blank, and write ranges "
    "like [65001-65005]";

bool is_digit(char c) {
  return kDigits.find(c) != std::string_view::npos;
}

}  // namespace

/// Recursive descent over the text; builds the automaton from the inside out.
class AsPathPatternParser {
 public:
  explicit AsPathPatternParser(std::string_view text) : text_(text) {}

  std::expected<AsPathPattern, AsPathPattern::Error> run() {
    Part all = alternatives(0);
    if (!failed() && at_ < text_.size()) {
      fail("there is no \"(\" for this \")\"");
    }
    if (failed()) {
      return std::unexpected(std::move(error_));
    }
    pattern_.first_ = all.first;
    pattern_.last_ = all.last;
    pattern_.matches_nothing_at_all_ = all.optional;
    return std::move(pattern_);
  }

 private:
  using Symbol = AsPathPattern::Symbol;
  using Positions = AsPathPattern::Positions;

  struct Part {
    Positions first;
    Positions last;
    bool optional = true;  // may match nothing
  };

  bool failed() const { return !error_.message.empty(); }

  bool more() const { return !failed() && at_ < text_.size(); }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void fail(std::string message) {
    if (!failed()) {
      error_ = {at_, std::move(message)};
    }
  }

  /// Two AS numbers without anything between them are most likely meant as digits of one.
  void begin_number() {
    if (glued_) {
      fail(kWhole);
    }
    glued_ = true;
  }

  Part alternatives(std::size_t depth) {
    const bool glued_before = glued_;
    Part all = sequence(depth);
    bool glued_after = glued_;
    while (more() && next() == '|') {
      ++at_;
      glued_ = glued_before;
      const Part other = sequence(depth);
      all.first |= other.first;
      all.last |= other.last;
      all.optional = all.optional || other.optional;
      glued_after = glued_after || glued_;
    }
    glued_ = glued_after;
    return all;
  }

  Part sequence(std::size_t depth) {
    Part all;
    while (more() && next() != '|' && next() != ')') {
      const Part part = repeated(depth);
      connect(all.last, part.first);
      all.first |= all.optional ? part.first : Positions{};
      all.last = part.optional ? all.last | part.last : part.last;
      all.optional = all.optional && part.optional;
    }
    return all;
  }

  Part repeated(std::size_t depth) {
    if (kBlank.find(next()) != std::string_view::npos && next() != ',') {
      ++at_;
      glued_ = false;
      return {};
    }
    Part part = atom(depth);
    while (more() && (next() == '*' || next() == '+' || next() == '?')) {
      if (next() != '?') {
        connect(part.last, part.first);
      }
      part.optional = part.optional || next() != '+';
      ++at_;
    }
    return part;
  }

  Part atom(std::size_t depth) {
    const char c = next();
    if (is_digit(c)) {
      begin_number();
      const std::uint32_t asn = number();
      return position({.numbers = NumberSet({{asn, asn}})});
    }
    switch (c) {
      case '(':
        return group(depth);
      case '[':
        return list();
      case '.':
        return any();
      case '^':
        ++at_;
        return position({.kind = Symbol::Kind::Begin});
      case '$':
        ++at_;
        return position({.kind = Symbol::Kind::End});
      case '*':
      case '+':
      case '?':
        fail(fmt::format("there is nothing before \"{}\" to be repeated", c));
        return {};
      default:
        fail("expected an AS number, one of ^ $ _ . * + ? |, or something in [ ] or ( )");
        return {};
    }
  }

  Part group(std::size_t depth) {
    const std::size_t open = at_++;
    if (depth >= AsPathPattern::kMaxDepth) {
      fail(fmt::format("more than {} parentheses inside one another", AsPathPattern::kMaxDepth));
      return {};
    }
    const Part inner = alternatives(depth + 1);
    if (!failed() && next() != ')') {
      at_ = open;
      fail("there is no \")\" for this \"(\"");
    }
    ++at_;
    return inner;
  }

  Part any() {
    const std::string_view rest = text_.substr(at_ + 1);
    if (glued_ && !rest.starts_with('*') && !rest.starts_with('+')) {
      fail(kWhole);
    }
    ++at_;
    glued_ = false;
    return position({.numbers = NumberSet({{0, NumberRange::kHighest}})});
  }

  Part list() {
    // Where AS_PATHs are text this is how any AS number is written.
    constexpr std::string_view kAnyNumber = "[0-9]";
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with(kAnyNumber) && (rest.substr(kAnyNumber.size()).starts_with('+') ||
                                         rest.substr(kAnyNumber.size()).starts_with('*'))) {
      begin_number();
      at_ += kAnyNumber.size() + 1;
      Part part = position({.numbers = NumberSet({{0, NumberRange::kHighest}})});
      part.optional = text_[at_ - 1] == '*';
      return part;
    }
    begin_number();
    const std::size_t open = at_++;
    const bool negated = next() == '^';
    at_ += negated ? 1 : 0;
    NumberRanges ranges;
    while (more() && next() != ']') {
      if (kBlank.find(next()) != std::string_view::npos) {
        ++at_;
        continue;
      }
      ranges.push_back(range());
    }
    if (!failed() && next() != ']') {
      at_ = open;
      fail("there is no \"]\" for this \"[\"");
    } else if (!failed() && ranges.empty()) {
      at_ = open;
      fail("there is no AS number in \"[]\"");
    }
    ++at_;
    const NumberSet numbers(ranges);
    return position({.numbers = negated ? numbers.complement() : numbers});
  }

  NumberRange range() {
    const std::size_t begin = at_;
    NumberRange range{.low = number(), .high = 0};
    range.high = range.low;
    if (!failed() && next() == '-') {
      ++at_;
      range.high = number();
      if (!failed() && range.high < range.low) {
        at_ = begin;
        fail("the range ends before it begins");
      }
    }
    return range;
  }

  std::uint32_t number() {
    std::uint32_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [stop, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) {
      fail("an AS number has at most 32 bits");
    } else if (error != std::errc{}) {
      fail("expected an AS number");
    } else {
      at_ += static_cast<std::size_t>(stop - begin);
    }
    return value;
  }

  Part position(Symbol symbol) {
    if (failed()) {
      return {};
    }
    const std::size_t index = pattern_.symbols_.size();
    if (index >= AsPathPattern::kMaxPositions) {
      fail(fmt::format("the pattern is too long: more than {} AS numbers, lists and anchors",
                       AsPathPattern::kMaxPositions));
      return {};
    }
    pattern_.symbols_.push_back(std::move(symbol));
    pattern_.follow_.emplace_back();
    Part part{.optional = false};
    part.first.set(index);
    part.last.set(index);
    return part;
  }

  void connect(const Positions& from, const Positions& to) {
    for (std::size_t i = 0; i < pattern_.symbols_.size(); ++i) {
      if (from.test(i)) {
        pattern_.follow_[i] |= to;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool glued_ = false;  // an AS number ends just here
  AsPathPattern pattern_;
  AsPathPattern::Error error_;
};

std::expected<AsPathPattern, AsPathPattern::Error> AsPathPattern::compile(std::string_view text) {
  return AsPathPatternParser(text).run();
}

/// One step of the automaton; true when a match ends here. A match may begin anywhere.
template <typename Holds>
bool AsPathPattern::advance(Positions& active, const Holds& holds) const {
  Positions candidates = first_;
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    if (active.test(i)) {
      candidates |= follow_[i];
    }
  }
  active.reset();
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    if (candidates.test(i) && holds(symbols_[i])) {
      active.set(i);
    }
  }
  return (active & last_).any();
}

bool AsPathPattern::matches(net::ByteView as_path) const {
  if (matches_nothing_at_all_) {
    return true;
  }
  Positions active;
  const auto is = [](Symbol::Kind kind) {
    return [kind](const Symbol& symbol) { return symbol.kind == kind; };
  };
  if (advance(active, is(Symbol::Kind::Begin))) {
    return true;
  }
  net::ByteReader reader(as_path);
  while (const auto segment = bgp::next_segment(reader)) {
    if (segment->confederation()) {
      continue;
    }
    const bool set = segment->type == bgp::SegmentType::AsSet;
    for (std::size_t i = 0; i < (set ? 1 : segment->count()); ++i) {
      const auto holds = [&](const Symbol& symbol) {
        const std::size_t end = set ? segment->count() : i + 1;
        for (std::size_t member = i; member < end; ++member) {
          if (symbol.kind == Symbol::Kind::AsNumbers &&
              symbol.numbers.contains((*segment)[member])) {
            return true;
          }
        }
        return false;
      };
      if (advance(active, holds)) {
        return true;
      }
    }
  }
  return advance(active, is(Symbol::Kind::End));
}

std::vector<AsPathPattern> compile_patterns(const std::vector<std::string>& texts) {
  std::vector<AsPathPattern> patterns;
  for (const std::string& text : texts) {
    if (auto pattern = AsPathPattern::compile(text)) {
      patterns.push_back(*std::move(pattern));
    }
  }
  return patterns;
}

}  // namespace pipit::policy
