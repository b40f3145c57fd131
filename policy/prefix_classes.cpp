#include "policy/prefix_classes.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>

namespace pipit::policy {
namespace {

constexpr std::uint64_t kAllBits = std::numeric_limits<std::uint64_t>::max();

/// The lowest and highest length that a range accepts; low > high: none.
struct LengthSpan {
  std::uint8_t low = 0;
  std::uint8_t high = 0;
};

LengthSpan lengths_of(const PrefixRange& range) {
  const std::uint8_t own = range.prefix.length();
  if (range.max_length == 0) {
    return {own, own};
  }
  return {std::max(range.min_length, own),
          std::min(range.max_length, range.prefix.address().bits())};
}

}  // namespace

PrefixQuestion new_prefix_question() {
  static std::atomic<PrefixQuestion> next{1};  // policies are compiled on several threads
  return next.fetch_add(1, std::memory_order_relaxed);
}

bool answers_yes(PrefixClass answers, PrefixAnswer answer) {
  for (const PrefixAnswer one : answers) {
    if (one >= answer) {
      return one == answer;
    }
  }
  return false;
}

/// What is needed while classes are made.
struct PrefixClasses::Build {
  std::map<std::vector<PrefixAnswer>, Number> classes;
  std::map<std::vector<Run>, std::uint32_t> rows;
  std::map<std::vector<std::uint64_t>, std::uint32_t> known;  // rows by what they are made of

  struct Span {
    LengthSpan lengths;
    PrefixAnswer answer = 0;
  };

  /// The same for all nodes of one length with the same spans, which are most of a large set's.
  std::uint32_t& known_row(std::uint8_t length, const std::vector<Span>& spans, net::Afi afi) {
    std::vector<std::uint64_t> key{static_cast<std::uint64_t>(afi) << 8 | length};
    for (const Span& span : spans) {
      key.push_back(static_cast<std::uint64_t>(span.lengths.low) << 8 | span.lengths.high);
      key.push_back(span.answer);
    }
    return known.emplace(std::move(key), kNone).first->second;
  }

  /// The class of these answers, in any order.
  Number number_of(std::vector<PrefixAnswer> answers, PrefixClasses& made) {
    std::sort(answers.begin(), answers.end());
    answers.erase(std::unique(answers.begin(), answers.end()), answers.end());
    const auto [at, fresh] = classes.emplace(answers, static_cast<Number>(classes.size()));
    if (fresh) {
      made.answers_.insert(made.answers_.end(), answers.begin(), answers.end());
      made.begins_.push_back(static_cast<std::uint32_t>(made.answers_.size()));
    }
    return at->second;
  }

  /// The row of prefixes of at least `length` bits, inside of entries that accept `spans`.
  std::uint32_t row_of(std::uint8_t length,
                       const std::vector<Span>& spans,
                       const PrefixQuestions& questions,
                       net::Afi afi,
                       PrefixClasses& made) {
    std::uint32_t& row = known_row(length, spans, afi);
    if (row == kNone) {
      row = new_row(length, spans, questions, afi, made);
    }
    return row;
  }

  std::uint32_t new_row(std::uint8_t length,
                        const std::vector<Span>& spans,
                        const PrefixQuestions& questions,
                        net::Afi afi,
                        PrefixClasses& made) {
    const std::uint8_t bits = net::IpAddress::any(afi).bits();
    std::vector<bool> cuts(bits + std::size_t{2});
    cuts[length] = true;
    for (const Span& span : spans) {
      cuts[std::max(span.lengths.low, length)] = true;
      cuts[span.lengths.high + std::size_t{1}] = true;
    }
    for (std::uint32_t one = length + 1U; one <= bits; ++one) {
      cuts[one] = cuts[one] || std::any_of(questions.lengths.begin(), questions.lengths.end(),
                                           [&](const PrefixQuestions::Lengths& asked) {
                                             return asked.lengths.contains(one) !=
                                                    asked.lengths.contains(one - 1);
                                           });
    }
    std::vector<Run> runs;
    for (std::uint32_t from = length; from <= bits; ++from) {
      if (!cuts[from]) {
        continue;
      }
      std::vector<PrefixAnswer> answers{prefix_answer(0, static_cast<std::uint32_t>(afi))};
      for (const Span& span : spans) {
        if (from >= span.lengths.low && from <= span.lengths.high) {
          answers.push_back(span.answer);
        }
      }
      for (const PrefixQuestions::Lengths& asked : questions.lengths) {
        if (asked.lengths.contains(from)) {
          answers.push_back(asked.answer);
        }
      }
      const Number number = number_of(std::move(answers), made);
      if (runs.empty() || runs.back().number != number) {
        runs.push_back({from, number});
      }
    }
    runs.push_back({bits + 1U, 0});  // beyond every length: the end of the row
    const auto [at, fresh] = rows.emplace(runs, static_cast<std::uint32_t>(made.runs_.size()));
    if (fresh) {
      made.runs_.insert(made.runs_.end(), runs.begin(), runs.end());
    }
    return at->second;
  }
};

PrefixClasses::Key PrefixClasses::key_of(const net::IpAddress& address) {
  if (address.is_v4()) {
    return {.high = 0, .low = address.to_v4()};
  }
  Key key;
  const net::ByteView octets = address.octets();
  for (std::size_t i = 0; i < 8; ++i) {
    key.high = (key.high << 8) | octets[i];
    key.low = (key.low << 8) | octets[i + 8];
  }
  return key;
}

/// The last address inside of a prefix.
PrefixClasses::Key PrefixClasses::last_of(const net::Prefix& prefix) {
  Key key = key_of(prefix.address());
  const unsigned host = prefix.address().bits() - prefix.length();
  if (prefix.address().is_v4()) {
    key.low |= host == 0 ? 0 : kAllBits >> (64 - host);
    return key;
  }
  key.low |= host == 0 ? 0 : host >= 64 ? kAllBits : kAllBits >> (64 - host);
  key.high |= host <= 64 ? 0 : kAllBits >> (128 - host);
  return key;
}

PrefixClasses::PrefixClasses(PrefixQuestions questions) : begins_{0} {
  std::sort(questions.entries.begin(), questions.entries.end(),
            [](const PrefixQuestions::Entry& a, const PrefixQuestions::Entry& b) {
              return a.range.prefix < b.range.prefix;
            });
  Build scratch;
  for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
    build(questions, afi, scratch);
  }
  answers_.shrink_to_fit();
  begins_.shrink_to_fit();
  runs_.shrink_to_fit();
  nodes_.shrink_to_fit();
}

void PrefixClasses::build(const PrefixQuestions& questions, net::Afi afi, Build& scratch) {
  Family& family = families_[afi == net::Afi::Ipv6 ? 1 : 0];
  const auto first = static_cast<std::uint32_t>(nodes_.size());
  std::vector<net::Prefix> prefixes;  // of the nodes from `first` on
  std::vector<std::uint32_t> around;  // entries that contain the present one, the innermost last
  std::vector<std::vector<Build::Span>> spans;  // what holds inside of each of these
  const auto close = [&] {
    const std::uint32_t node = around.back();
    nodes_[node].row = scratch.row_of(nodes_[node].length, spans.back(), questions, afi, *this);
    around.pop_back();
    spans.pop_back();
  };
  for (const PrefixQuestions::Entry& entry : questions.entries) {
    const net::Prefix& prefix = entry.range.prefix;
    const LengthSpan lengths = lengths_of(entry.range);
    if (prefix.afi() != afi || lengths.low > lengths.high) {
      continue;
    }
    while (!around.empty() && !prefixes[around.back() - first].contains(prefix)) {
      close();
    }
    if (around.empty() || prefixes[around.back() - first] != prefix) {
      std::vector<Build::Span> inherited =
          spans.empty() ? std::vector<Build::Span>{} : spans.back();
      nodes_.push_back(
          {.parent = around.empty() ? kNone : around.back(), .length = prefix.length()});
      prefixes.push_back(prefix);
      around.push_back(static_cast<std::uint32_t>(nodes_.size() - 1));
      spans.push_back(std::move(inherited));
    }
    spans.back().push_back({lengths, entry.answer});
  }
  while (!around.empty()) {
    close();
  }
  family.outside = scratch.row_of(0, {}, questions, afi, *this);
  cut(family, afi, prefixes, first);
}

/// Cuts the addresses into ranges; the nodes stand in the order of their prefixes.
void PrefixClasses::cut(Family& family,
                        net::Afi afi,
                        std::span<const net::Prefix> nodes,
                        std::uint32_t first) {
  const bool v4 = afi == net::Afi::Ipv4;
  std::vector<Key> starts{Key{}};
  family.owners.push_back(kNone);
  const auto begin = [&](const Key& start, std::uint32_t owner) {
    if (starts.back() == start) {
      family.owners.back() = owner;
    } else {
      starts.push_back(start);
      family.owners.push_back(owner);
    }
  };
  std::vector<std::uint32_t> open;
  const auto end_before = [&](const std::optional<Key>& next) {
    while (!open.empty()) {
      Key last = last_of(nodes[open.back() - first]);
      if (next && last >= *next) {
        return;
      }
      open.pop_back();
      const Key end = last;
      last.high += last.low == kAllBits ? 1 : 0;
      ++last.low;
      const bool past = v4 ? end.low == 0xffffffff : end == Key{kAllBits, kAllBits};
      if (!past) {
        begin(last, open.empty() ? kNone : open.back());
      }
    }
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Key start = key_of(nodes[i].address());
    end_before(start);
    open.push_back(first + static_cast<std::uint32_t>(i));
    begin(start, open.back());
  }
  end_before(std::nullopt);
  if (v4) {
    for (const Key& start : starts) {
      family.starts_v4.push_back(static_cast<std::uint32_t>(start.low));
    }
    index_heads(family);
  } else {
    family.starts_v6 = std::move(starts);
  }
}

void PrefixClasses::index_heads(Family& family) {
  if (family.starts_v4.size() < kManyRanges) {
    return;
  }
  constexpr std::uint32_t kHeads = 1U << 16;
  family.heads.reserve(kHeads + 1);
  std::uint32_t range = 0;
  for (std::uint32_t head = 0; head < kHeads; ++head) {
    while (range < family.starts_v4.size() && family.starts_v4[range] < head << 16) {
      ++range;
    }
    family.heads.push_back(range);
  }
  family.heads.push_back(static_cast<std::uint32_t>(family.starts_v4.size()));
}

/// The range that the address is in.
std::size_t PrefixClasses::range_of(const Family& family, const net::IpAddress& address) {
  if (address.is_v6()) {
    const auto& starts = family.starts_v6;
    return static_cast<std::size_t>(
               std::upper_bound(starts.begin(), starts.end(), key_of(address)) - starts.begin()) -
           1;
  }
  const std::uint32_t value = address.to_v4();
  const auto& starts = family.starts_v4;
  auto low = starts.begin();
  auto high = starts.end();
  if (!family.heads.empty()) {
    high = low + family.heads[(value >> 16) + 1];
    low += family.heads[value >> 16];
  }
  return static_cast<std::size_t>(std::upper_bound(low, high, value) - starts.begin()) - 1;
}

PrefixClasses::Number PrefixClasses::find(const net::Prefix& prefix) const {
  const Family& family = families_[prefix.afi() == net::Afi::Ipv6 ? 1 : 0];
  const std::uint8_t length = prefix.length();
  std::uint32_t node = family.owners[range_of(family, prefix.address())];
  while (node != kNone && nodes_[node].length > length) {
    node = nodes_[node].parent;
  }
  std::uint32_t run = node == kNone ? family.outside : nodes_[node].row;
  while (runs_[run + 1].from <= length) {
    ++run;
  }
  return runs_[run].number;
}

}  // namespace pipit::policy
