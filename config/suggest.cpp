#include "config/suggest.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "net/log.hpp"

namespace pipit::config {
namespace {

constexpr std::size_t kLongestWord = 64;

/// Edits that lead from one word to the other: insert, delete, replace, swap of neighbors.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

struct Synonym {
  std::string_view word;
  std::string_view ours;
};

/// Values that other BGP implementations have other words for.
constexpr std::array<Synonym, 22> kSynonyms{{
    {"permit", "accept"},    {"allow", "accept"},       {"pass", "accept"},
    {"deny", "reject"},      {"drop", "reject"},        {"discard", "reject"},
    {"refuse", "reject"},    {"continue", "next-rule"}, {"next-term", "next-rule"},
    {"ibgp", "internal"},    {"ebgp", "external"},      {"yes", "true"},
    {"on", "true"},          {"enable", "true"},        {"enabled", "true"},
    {"no", "false"},         {"off", "false"},          {"disable", "false"},
    {"disabled", "false"},   {"inet", "ipv4-unicast"},  {"inet6", "ipv6-unicast"},
    {"static", "originate"},
}};

/// The candidate that is what others call `word`; null when there is none.
const std::string* synonym(std::string_view word, const std::vector<std::string>& candidates) {
  for (const Synonym& synonym : kSynonyms) {
    const auto known = std::ranges::find(candidates, synonym.ours);
    if (synonym.word == word && known != candidates.end()) {
      return &*known;
    }
  }
  return nullptr;
}

std::string meant(std::string_view word) {
  return fmt::format(", did you mean \"{}\"?", net::escaped(word, 64));
}

}  // namespace

std::string folded(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    c = c == '_' || c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestWord) {
    return {};
  }
  const std::string wanted = folded(word);
  if (const std::string* known = synonym(wanted, candidates)) {
    return meant(*known);
  }
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(candidate.size(), wanted.size());
    const std::size_t shorter = std::min(candidate.size(), wanted.size());
    if (longer > kLongestWord || longer - shorter >= best_distance) {
      continue;
    }
    const std::size_t edits = distance(wanted, folded(candidate));
    if (edits < best_distance) {
      best = &candidate;
      best_distance = edits;
    }
  }
  for (const std::string& candidate : candidates) {
    // "ipv4" is no spelling mistake, but the beginning of "ipv4-unicast"; what kernel.export calls
    // "metric" is "kernel-metric" where a policy sets it.
    if (best == nullptr && wanted.size() >= 3 &&
        (candidate.starts_with(wanted + '-') || candidate == "kernel-" + wanted)) {
      best = &candidate;
    }
  }
  return best == nullptr ? "" : meant(*best);
}

}  // namespace pipit::config
