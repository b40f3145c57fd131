#include "config/suggest.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "net/log.hpp"
#include "net/nearest_word.hpp"

namespace pipit::config {
namespace {

constexpr std::size_t kLongestWord = 64;

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

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestWord) {
    return {};
  }
  const std::string wanted = folded(word);
  if (const std::string* known = synonym(wanted, candidates)) {
    return meant(*known);
  }
  const std::string* best = net::nearest_word(word, candidates);
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
