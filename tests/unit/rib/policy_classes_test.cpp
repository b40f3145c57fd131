// Import and export that run a policy once for routes that it cannot tell apart, against those that
// run it for each: random policies and routes, and reloads in the middle.
#include <map>
#include <random>

#include "bgp/wire/community.hpp"
#include "rib/out/exporter.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

constexpr std::uint32_t kPrefixes = 40;

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }

  bool chance(std::uint32_t percent) { return below(100) < percent; }

  static net::Prefix prefix_of(std::uint32_t number) {
    return {net::IpAddress::v4((10U << 24) | ((number / 8) << 16) | ((number % 8) << 8)),
            static_cast<std::uint8_t>(number % 3 == 0 ? 24 : 23 - number % 2)};
  }

  policy::RuleOptions rule() {
    policy::RuleOptions made;
    if (chance(50)) {
      const net::Prefix around(prefix_of(below(kPrefixes)).address(),
                               static_cast<std::uint8_t>(8 + below(17)));
      made.match.prefix.ranges.push_back({around, around.length(), 32});
    }
    if (chance(20)) {
      made.match.prefix_length.push_back({22 + below(3), 24});
    }
    if (chance(20)) {
      made.match.next_hop.reachable = chance(50);
    }
    if (chance(40)) {
      made.match.med.push_back({below(4), 4});
    }
    if (chance(30)) {
      made.match.communities.any.values.standard.push_back(65000U << 16 | below(4));
    }
    if (chance(40)) {
      made.set.communities.add.standard.push_back(65000U << 16 | below(4));
    }
    if (chance(20)) {
      made.set.communities.remove.values.standard.push_back(65000U << 16 | below(4));
    }
    if (chance(30)) {
      made.set.local_preference = 90 + below(20);
    }
    made.then = static_cast<policy::Then>(below(3));
    return made;
  }

  policy::PolicyOptions policies() {
    policy::PolicyOptions options;
    std::vector<policy::RuleOptions>& rules = options.policies["p"];
    for (std::uint32_t n = 1 + below(5); n > 0; --n) {
      rules.push_back(rule());
    }
    rules.push_back({.match = {}, .set = {}, .then = policy::Then::Accept, .call = {}});
    return options;
  }

 private:
  std::mt19937 engine_;
};

struct Side {
  RibFixture fixture;
  SourceId source = fixture.neighbor("192.0.2.1", 64501, 5);
  policy::PolicyRef policy;

  void import_by(policy::PolicyRef by) {
    policy = std::move(by);
    fixture.rib.sources()[source].import_policy = policy;
    fixture.rib.reevaluate_import(source);
    fixture.loop.settle();
  }

  void update(const bgp::UpdateMessage& message) {
    fixture.rib.on_update(source, message);
    fixture.loop.settle();
  }

  std::vector<std::uint64_t> hits() const {
    std::vector<std::uint64_t> all;
    for (const policy::RuleView& rule : policy->rules()) {
      all.push_back(rule.hits);
    }
    return all;
  }
};

bgp::UpdateMessage random_update(Random& random) {
  std::vector<std::string> prefixes;
  for (std::uint32_t n = 1 + random.below(60); n > 0; --n) {
    prefixes.push_back(Random::prefix_of(random.below(kPrefixes)).to_string());
  }
  if (random.chance(15)) {
    return withdrawal(prefixes);
  }
  bgp::UpdateMessage update = announcement({.med = random.below(5)}, prefixes);
  net::ByteWriter communities(update.attributes.communities);
  for (std::uint32_t n = random.below(4); n > 0; --n) {
    communities.u32(65000U << 16 | random.below(4));
  }
  return update;
}

bgp::PathAttributes attributes_of(Side& side, AttributeHandle handle) {
  bgp::PathAttributes attributes;
  attributes.assign(side.fixture.rib.attributes().view(handle));
  return attributes;
}

void compare_paths(Side& known, Side& plain) {
  for (std::uint32_t number = 0; number < kPrefixes; ++number) {
    const std::string at = Random::prefix_of(number).to_string();
    const Path* one = known.fixture.path(at, known.source);
    const Path* other = plain.fixture.path(at, plain.source);
    INFO(at);
    REQUIRE((one == nullptr) == (other == nullptr));
    if (one == nullptr) {
      continue;
    }
    REQUIRE((one->accepted == AttributeHandle::None) == (other->accepted == AttributeHandle::None));
    REQUIRE(one->reason == other->reason);
    if (one->accepted != AttributeHandle::None) {
      REQUIRE(attributes_of(known, one->accepted) == attributes_of(plain, other->accepted));
    }
  }
  REQUIRE(known.hits() == plain.hits());
}

GroupKey key_with(const policy::PolicyRef& policy) {
  return {.family = net::kIpv4Unicast,
          .local_asn = 64500,
          .next_hops = {.self_next_hop = address("192.0.2.99")},
          .export_policy = policy};
}

/// What an exporter that remembers sends is what the pipeline says of each route, in two batches.
void compare_exports(Side& side, const policy::PolicyOptions& options) {
  const policy::PolicyRef known = policy::in_sequence({policy::compile(options).at("p")});
  const policy::PolicyRef plain = policy::compile(options).at("p");
  AttributeStore& store = side.fixture.rib.attributes();
  const LocRib& routes = side.fixture.rib.loc_rib(net::kIpv4Unicast);
  const NextHops& next_hops = side.fixture.rib.next_hops();
  const std::size_t records = store.size();
  Exporter exporter(key_with(known), store, side.fixture.rib.sources(), &next_hops);
  const Exporter reference(key_with(plain), store, side.fixture.rib.sources(), &next_hops);
  ExportScratch scratch;
  ExportScratch other;
  for (int batch = 0; batch < 2; ++batch) {
    exporter.begin_batch();
    scratch.blocks.clear();
    for (std::uint32_t i = 0; i < routes.capacity(); ++i) {
      const DestinationId destination{i};
      const std::optional<BestPath> best = routes.best(destination);
      const Exporter::Judged judged = exporter.evaluate(routes, destination, scratch);
      const StoredRoute& stored = judged.route;
      if (!best) {
        REQUIRE_FALSE(stored);
        continue;
      }
      const auto wanted = reference.run(routes.key(destination), *best, other);
      REQUIRE(static_cast<bool>(stored) == (wanted.verdict == ExportVerdict::Advertised));
      if (stored) {
        REQUIRE(same_attributes(*exporter.outgoing(stored, scratch), wanted.attributes));
        REQUIRE(judged.block != OutgoingBlocks::kNone);
        const auto kept = exporter.block(stored, judged.block, scratch);
        REQUIRE(*kept == *exporter.block(stored, OutgoingBlocks::kNone, scratch));
      }
      bgp::PathAttributes counted = attributes_of(side, best->attributes);
      const Source& from = side.fixture.rib.sources()[best->source];
      plain->evaluate({.prefix = routes.prefix(destination),
                       .neighbor = from.name,
                       .neighbor_address = from.address,
                       .own_asn = 64500,
                       .next_hops = &next_hops,
                       .routes = 1},
                      counted);
      if (exporter.by_prefix()) {
        store.release(stored.handle);
      }
    }
    exporter.end_batch();
  }
  REQUIRE(store.size() == records);
  for (std::size_t i = 0; i < plain->rules().size(); ++i) {
    REQUIRE(known->rules()[i].hits == plain->rules()[i].hits);
  }
}

}  // namespace

TEST_CASE(
    "Policies that run once for what they cannot tell apart come out as those that run always") {
  std::size_t classes = 0;
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    Side known;
    Side plain;
    for (int reload = 0; reload < 4; ++reload) {
      const policy::PolicyOptions options = random.policies();
      known.import_by(policy::in_sequence({policy::compile(options).at("p")}));
      plain.import_by(policy::compile(options).at("p"));
      REQUIRE(plain.policy->prefix_classes() == nullptr);
      classes += known.policy->prefix_classes() != nullptr ? 1 : 0;
      compare_paths(known, plain);
      for (std::uint32_t n = random.below(5); n > 0; --n) {
        const bgp::UpdateMessage update = random_update(random);
        known.update(update);
        plain.update(update);
        compare_paths(known, plain);
      }
      compare_exports(known, random.policies());
    }
  }
  CHECK(classes > 100);
}

TEST_CASE("Rules that do nothing but count, count what they match and nothing else") {
  policy::PolicyOptions options;
  policy::RuleOptions counting;
  counting.match.prefix.ranges.push_back({Random::prefix_of(0), 24, 32});
  options.policies["p"] = {counting,
                           {.match = {}, .set = {}, .then = policy::Then::Accept, .call = {}}};
  Side side;
  side.import_by(policy::in_sequence({policy::compile(options).at("p")}));
  side.update(announcement({.med = 1}, {"10.0.0.0/24", "10.1.0.0/24", "10.2.0.0/24"}));
  CHECK(side.hits() == std::vector<std::uint64_t>{1, 3});
  compare_exports(side, options);
}

TEST_CASE("Only policies that ask for the neighbor split groups, by what they ask for") {
  const auto key_of = [](const policy::CommunityPattern::Of of, std::uint32_t asn,
                         std::string_view at) {
    policy::PolicyOptions options;
    policy::RuleOptions rule{.match = {}, .set = {}, .then = policy::Then::Accept, .call = {}};
    rule.set.communities.add.patterns.push_back(
        {.kind = policy::CommunityPattern::Kind::Large, .of = {of}});
    options.policies["p"] = {rule};
    static std::map<policy::CommunityPattern::Of, policy::PolicyRef> policies;
    policy::PolicyRef& compiled = policies[of];
    compiled = compiled ? compiled : policy::compile(options).at("p");
    MemberInfo member;
    member.local_asn = 64500;
    member.peer_asn = asn;
    member.peer_address = address(at);
    member.export_policy = compiled;
    return group_key(member, net::kIpv4Unicast);
  };
  using Of = policy::CommunityPattern::Of;
  const auto same = [&](Of of, std::uint32_t asn, std::string_view at) {
    const GroupKey one = key_of(of, 65001, "192.0.2.1");
    const GroupKey other = key_of(of, asn, at);
    CHECK((one == other) == (hash_value(one) == hash_value(other)));
    return one == other;
  };
  CHECK(same(Of::Range, 65002, "192.0.2.2"));
  CHECK(same(Of::NeighborAs, 65001, "192.0.2.2"));
  CHECK_FALSE(same(Of::NeighborAs, 65002, "192.0.2.1"));
  CHECK(same(Of::NeighborAddress, 65002, "192.0.2.1"));
  CHECK_FALSE(same(Of::NeighborAddress, 65001, "192.0.2.2"));
}
