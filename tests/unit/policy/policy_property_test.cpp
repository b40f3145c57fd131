// Compiled policies against a plain reading of the options, on random policies and routes.
#include <algorithm>
#include <random>

#include "net/bytes.hpp"
#include "policy/policy.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using policy::CommunityList;
using policy::PrefixRange;
using policy::RuleOptions;
using policy::SourceKind;
using policy::Then;

namespace {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }

  bool chance(std::uint32_t percent) { return below(100) < percent; }

  net::Prefix prefix() {
    if (chance(50)) {
      const std::uint32_t value = (10u << 24) | (below(4) << 22) | (below(4) << 14) | below(4);
      return {net::IpAddress::v4(value), static_cast<std::uint8_t>(below(33))};
    }
    std::array<std::uint8_t, 16> octets{0xfd};
    octets[1] = static_cast<std::uint8_t>(below(4) << 6);
    octets[7] = static_cast<std::uint8_t>(below(4));
    octets[15] = static_cast<std::uint8_t>(below(4));
    return {net::IpAddress::v6(octets), static_cast<std::uint8_t>(below(129))};
  }

  PrefixRange range() {
    const net::Prefix p = prefix();
    const std::uint8_t bits = p.address().bits();
    const auto low = static_cast<std::uint8_t>(p.length() + below(bits - p.length() + 1u));
    const auto high = static_cast<std::uint8_t>(low + below(bits - low + 1u));
    return chance(30) ? PrefixRange{p, p.length(), p.length()} : PrefixRange{p, low, high};
  }

  std::vector<PrefixRange> ranges() {
    std::vector<PrefixRange> all(below(6));
    std::generate(all.begin(), all.end(), [&] { return range(); });
    return all;
  }

  CommunityList communities() {
    CommunityList list;
    for (std::uint32_t n = below(4); n > 0; --n) {
      list.standard.push_back(below(8));
      if (chance(40)) {
        list.extended.push_back(below(8));
      }
      if (chance(40)) {
        list.large.push_back({below(2), below(2), below(2)});
      }
    }
    return list;
  }

  RuleOptions rule() {
    RuleOptions r;
    if (chance(40)) {
      r.match.prefixes = ranges();
    }
    if (chance(25)) {
      r.match.prefix_sets = {chance(50) ? "a" : "b"};
    }
    if (chance(25)) {
      r.match.sources = {static_cast<SourceKind>(below(4)), static_cast<SourceKind>(below(4))};
    }
    if (chance(25)) {
      r.match.any_community = communities();
    }
    if (chance(25)) {
      r.match.any_community_sets = {chance(50) ? "a" : "b"};
    }
    if (chance(30)) {
      r.set.med = below(5);
    }
    if (chance(30)) {
      r.set.local_preference = below(5);
    }
    if (chance(30)) {
      r.set.add = communities();
    }
    if (chance(30)) {
      r.set.remove = communities();
    }
    if (chance(20)) {
      r.set.remove_sets = {chance(50) ? "a" : "b"};
    }
    r.set.next_hop_self = chance(20);
    r.then = static_cast<Then>(below(3));
    return r;
  }

 private:
  std::mt19937 engine_;
};

void write(const CommunityList& list, bgp::PathAttributes& attributes) {
  net::ByteWriter standard(attributes.communities);
  for (const std::uint32_t c : list.standard) {
    standard.u32(c);
  }
  net::ByteWriter extended(attributes.extended_communities);
  for (const std::uint64_t c : list.extended) {
    extended.u64(c);
  }
  net::ByteWriter large(attributes.large_communities);
  for (const bgp::LargeCommunity& c : list.large) {
    large.u32(c.global);
    large.u32(c.local1);
    large.u32(c.local2);
  }
}

/// A route as the plain reading sees it.
struct PlainRoute {
  policy::RouteFacts facts;
  CommunityList communities;
  std::optional<std::uint32_t> med;
  std::optional<std::uint32_t> local_preference;

  bgp::PathAttributes attributes() const {
    bgp::PathAttributes all;
    write(communities, all);
    all.med = med;
    all.local_preference = local_preference;
    return all;
  }
};

bool in(const net::Prefix& prefix, const std::vector<PrefixRange>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const PrefixRange& range) {
    return range.prefix.contains(prefix) && prefix.length() >= range.min_length &&
           prefix.length() <= range.max_length;
  });
}

template <typename T>
bool overlap(const std::vector<T>& a, const std::vector<T>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const T& x) { return std::find(b.begin(), b.end(), x) != b.end(); });
}

bool overlap(const CommunityList& a, const CommunityList& b) {
  return overlap(a.standard, b.standard) || overlap(a.extended, b.extended) ||
         overlap(a.large, b.large);
}

bool plain_match(const policy::MatchOptions& match,
                 const policy::SetOptions& sets,
                 const PlainRoute& route) {
  if (!match.sources.empty() &&
      std::count(match.sources.begin(), match.sources.end(), route.facts.source) == 0) {
    return false;
  }
  if (!match.prefixes.empty() || !match.prefix_sets.empty()) {
    bool found = in(route.facts.prefix, match.prefixes);
    for (const std::string& name : match.prefix_sets) {
      found = found || in(route.facts.prefix, sets.prefixes.at(name));
    }
    if (!found) {
      return false;
    }
  }
  if (!match.any_community.empty() || !match.any_community_sets.empty()) {
    bool found = overlap(route.communities, match.any_community);
    for (const std::string& name : match.any_community_sets) {
      found = found || overlap(route.communities, sets.communities.at(name));
    }
    return found;
  }
  return true;
}

template <typename T>
void plain_edit(std::vector<T>& list, const std::vector<T>& remove, const std::vector<T>& add) {
  const std::vector<T> before = list;
  std::erase_if(
      list, [&](const T& x) { return std::find(remove.begin(), remove.end(), x) != remove.end(); });
  bool changed = list != before;
  for (const T& x : add) {
    if (std::find(list.begin(), list.end(), x) == list.end()) {
      list.push_back(x);
      changed = true;
    }
  }
  if (changed) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
}

void plain_edit(CommunityList& list, const CommunityList& remove, const CommunityList& add) {
  plain_edit(list.standard, remove.standard, add.standard);
  plain_edit(list.extended, remove.extended, add.extended);
  plain_edit(list.large, remove.large, add.large);
}

void append(CommunityList& to, const CommunityList& from) {
  to.standard.insert(to.standard.end(), from.standard.begin(), from.standard.end());
  to.extended.insert(to.extended.end(), from.extended.begin(), from.extended.end());
  to.large.insert(to.large.end(), from.large.begin(), from.large.end());
}

policy::Outcome plain_evaluate(const std::vector<RuleOptions>& rules,
                               const policy::SetOptions& sets,
                               PlainRoute& route) {
  policy::Outcome outcome;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const RuleOptions& rule = rules[i];
    if (!plain_match(rule.match, sets, route)) {
      continue;
    }
    route.med = rule.set.med ? rule.set.med : route.med;
    route.local_preference =
        rule.set.local_preference ? rule.set.local_preference : route.local_preference;
    CommunityList remove = rule.set.remove;
    for (const std::string& name : rule.set.remove_sets) {
      append(remove, sets.communities.at(name));
    }
    plain_edit(route.communities, remove, {});
    plain_edit(route.communities, {}, rule.set.add);
    if (rule.set.next_hop_self) {
      outcome.next_hop = policy::NextHopChoice::Self;
    }
    if (rule.then != Then::None) {
      outcome.accepted = rule.then == Then::Accept;
      outcome.rule = static_cast<int>(i);
      break;
    }
  }
  return outcome;
}

}  // namespace

TEST_CASE("policy: compiled policies decide and change routes as a plain reading of the options") {
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    Random random(seed);
    policy::PolicyOptions options;
    options.sets.prefixes = {{"a", random.ranges()}, {"b", random.ranges()}};
    options.sets.communities = {{"a", random.communities()}, {"b", random.communities()}};
    std::vector<RuleOptions>& rules = options.policies["p"];
    rules.resize(random.below(6));
    std::generate(rules.begin(), rules.end(), [&] { return random.rule(); });
    const policy::PolicyRef compiled = policy::compile(options).at("p");

    for (int n = 0; n < 40; ++n) {
      PlainRoute route;
      route.facts = {random.prefix(), static_cast<SourceKind>(random.below(4))};
      route.communities = random.communities();
      bgp::PathAttributes attributes = route.attributes();
      const bgp::PathAttributes before = attributes;
      const policy::Outcome got = compiled->evaluate(route.facts, attributes);

      bgp::PathAttributes elsewhere = before;
      const policy::Outcome other =
          compiled->evaluate({random.prefix(), route.facts.source}, elsewhere);

      const policy::Outcome want = plain_evaluate(rules, options.sets, route);
      INFO("seed " << seed << " route " << route.facts.prefix.to_string());
      REQUIRE(got.accepted == want.accepted);
      REQUIRE(got.next_hop == want.next_hop);
      REQUIRE(got.rule == want.rule);
      REQUIRE(attributes == route.attributes());
      if (!compiled->depends_on_prefix()) {
        REQUIRE(other.accepted == got.accepted);
        REQUIRE(other.rule == got.rule);
        REQUIRE(elsewhere == attributes);
      }
      if (compiled->accepts_unchanged()) {
        REQUIRE(got.accepted);
        REQUIRE(attributes == before);
      }
    }
  }
}
