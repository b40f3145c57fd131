#include "config/policy_test.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgp/wire/as_path.hpp"
#include "config/policy_checks.hpp"
#include "policy/policy.hpp"
#include "policy/text.hpp"

namespace pipit::config {
namespace {

/// Answers as the test says.
class TestedNextHops final : public policy::NextHopResolver {
 public:
  explicit TestedNextHops(const TestRoute& route) : route_(route) {}

  std::optional<std::uint32_t> cost(const net::IpAddress& /*address*/,
                                    std::uint32_t /*interface_index*/) const override {
    return route_.reachable.value_or(true) ? std::optional(route_.igp_metric.value_or(0))
                                           : std::nullopt;
  }

 private:
  const TestRoute& route_;
};

/// Remembers which rule decided.
class Decider final : public policy::Tracer {
 public:
  void enter(std::string_view policy) override { policies_.emplace_back(policy); }

  void rule(const policy::TracedRule& rule) override {
    rule_ = fmt::format("rule {} of {}", rule.number, policies_.back());
    if (!rule.place.empty()) {
      rule_ += fmt::format(" at {}", rule.place);
    }
  }

  void condition(const policy::TracedCondition& /*condition*/) override {}

  void matched(bool /*matched*/) override {}

  void change(const policy::TracedChange& /*change*/) override {}

  void then(std::string_view action) override {
    if (action == "accept" || action == "reject") {
      decided_ = rule_;
    }
  }

  void leave(std::string_view policy, std::string_view how) override {
    policies_.pop_back();
    if (decided_.empty() && (how == "accept" || how == "reject")) {
      decided_ = fmt::format("the policy {}", policy);
    }
  }

  std::string text() const { return decided_.empty() ? "the end of the policy" : decided_; }

 private:
  std::vector<std::string> policies_;
  std::string rule_;
  std::string decided_;
};

void write(const policy::CommunityList& list, bgp::PathAttributes& attributes) {
  net::ByteWriter standard(attributes.communities);
  for (const std::uint32_t community : list.standard) {
    standard.u32(community);
  }
  net::ByteWriter extended(attributes.extended_communities);
  for (const std::uint64_t community : list.extended) {
    extended.u64(community);
  }
  net::ByteWriter large(attributes.large_communities);
  for (const bgp::LargeCommunity& community : list.large) {
    large.u32(community.global);
    large.u32(community.local1);
    large.u32(community.local2);
  }
}

bgp::PathAttributes attributes_of(const TestRoute& route) {
  const TestAttributes& given = route.attributes;
  bgp::PathAttributes attributes;
  attributes.local_preference = given.local_preference;
  attributes.med = given.med;
  attributes.origin = given.origin.value_or(bgp::Origin::Igp);
  attributes.as_path = *bgp::parse_as_path(given.as_path.value_or(""));
  attributes.next_hop = given.next_hop ? *net::IpAddress::parse(*given.next_hop)
                                       : net::IpAddress::any(route.prefix.afi());
  attributes.local.weight = given.weight.value_or(0);
  attributes.local.tag = given.tag.value_or(0);
  write(given.communities.value_or(policy::CommunityList{}), attributes);
  return attributes;
}

std::string sorted_communities(bgp::PathAttributes attributes) {
  policy::CommunityList list{.standard = bgp::communities(attributes.communities),
                             .extended = bgp::extended_communities(attributes.extended_communities),
                             .large = bgp::large_communities(attributes.large_communities),
                             .patterns = {}};
  std::sort(list.standard.begin(), list.standard.end());
  std::sort(list.extended.begin(), list.extended.end());
  std::sort(list.large.begin(), list.large.end());
  const std::vector<std::string> texts = policy::texts_of(list);
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

class TestRun {
 public:
  TestRun(Reader& reader, const Config& config)
      : reader_(reader), config_(config), policies_(policy::compile(config.policies)) {}

  void run(const PolicyTest& test, const Node& node) {
    const policy::PolicyRef policy = policy_of(test);
    const TestedNextHops next_hops(test.route);
    const policy::KernelFacts kernel{
        .interface = test.route.interface,
        .protocol = test.route.protocol,
        .metric = test.route.metric,
        .type = test.route.type.value_or(policy::KernelRouteType::Unicast),
        .gateway = test.route.gateway.value_or(false)};
    policy::RouteFacts facts{.prefix = test.route.prefix,
                             .source = test.route.source.value_or(policy::SourceKind::Bgp),
                             .own_asn = config_.rib.asn,
                             .kernel = &kernel,
                             .next_hops = &next_hops};
    if (const NeighborConfig* whose = find(test.neighbor)) {
      const bgp::ExpectedAsn& asn = whose->session.expected_asn;
      facts.peer_asn = internal(*whose)                             ? config_.rib.asn
                       : asn.kind == bgp::ExpectedAsn::Kind::Number ? asn.number
                                                                    : 0;
      facts.peer_address = whose->session.address.address;
    }
    if (const NeighborConfig* from = learned_from(test, facts.source)) {
      facts.neighbor = from->session.name;
      facts.neighbor_internal = internal(*from);
      facts.neighbor_address = from->session.address.address;
    }
    bgp::PathAttributes attributes = attributes_of(test.route);
    Decider decider;
    const policy::Outcome outcome = policy->evaluate(facts, attributes, &decider);
    node_ = node.find("expect")->value.get();
    name_ = test.name.empty() ? test.route.prefix.to_string() : test.name;
    if (outcome.accepted != test.expect.accepted) {
      const auto word = [](bool accepted) { return accepted ? "accept" : "reject"; };
      fail("verdict", word(test.expect.accepted),
           fmt::format("{}, by {}", word(outcome.accepted), decider.text()));
      return;
    }
    compare(test.expect.attributes, attributes, outcome);
    compare_kernel(test, outcome.kernel);
  }

 private:
  const NeighborConfig* find(const std::string& name) const {
    const auto at =
        std::find_if(config_.neighbors.begin(), config_.neighbors.end(),
                     [&](const NeighborConfig& one) { return one.session.name == name; });
    return at == config_.neighbors.end() ? nullptr : &*at;
  }

  bool internal(const NeighborConfig& neighbor) const {
    const bgp::ExpectedAsn& asn = neighbor.session.expected_asn;
    return asn.kind == bgp::ExpectedAsn::Kind::Internal ||
           (asn.kind == bgp::ExpectedAsn::Kind::Number && asn.number == config_.rib.asn);
  }

  const NeighborConfig* learned_from(const PolicyTest& test, policy::SourceKind source) const {
    if (source != policy::SourceKind::Bgp) {
      return nullptr;
    }
    const bool import = test.direction == TestDirection::Import;
    return find(!test.route.learned_from.empty() || !import ? test.route.learned_from
                                                            : test.neighbor);
  }

  policy::PolicyRef policy_of(const PolicyTest& test) const {
    std::vector<std::string> names = test.policy;
    if (test.direction == TestDirection::KernelExport) {
      names = config_.kernel.exports->policy;
      if (names.empty()) {
        return policy::accept_all();
      }
    } else if (names.empty()) {
      const NeighborConfig& neighbor = *find(test.neighbor);
      names = test.direction == TestDirection::Import ? neighbor.routes.import_policy
                                                      : neighbor.routes.export_policy;
      const bool open = config_.router.default_policy == DefaultPolicy::Open;
      if (names.empty()) {
        return internal(neighbor) || open ? policy::accept_all() : policy::rfc8212_default();
      }
    }
    std::vector<policy::PolicyRef> list;
    for (const std::string& name : names) {
      list.push_back(policies_.at(name));
    }
    return policy::in_sequence(list);
  }

  void fail(std::string_view key, std::string_view wanted, std::string_view got) {
    const Entry* entry = node_->find(key);
    reader_.error(
        entry == nullptr ? node_->mark : entry->mark,
        fmt::format("the test \"{}\" fails: expected {} {}, got {}", name_, key, wanted, got));
  }

  void check(std::string_view key, std::string_view wanted, std::string_view got) {
    if (wanted != got) {
      fail(key, wanted, got);
    }
  }

  void compare(const TestAttributes& wanted,
               const bgp::PathAttributes& got,
               const policy::Outcome& outcome) {
    const auto check_number = [&](std::string_view key, std::optional<std::uint32_t> number,
                                  std::optional<std::uint32_t> found) {
      if (number) {
        check(key, policy::number_text(number), policy::number_text(found));
      }
    };
    check_number("local-preference", wanted.local_preference, got.local_preference);
    check_number("med", wanted.med, got.med);
    check_number("weight", wanted.weight, got.local.weight);
    check_number("tag", wanted.tag, got.local.tag);
    if (wanted.origin) {
      check("origin", policy::name_of(*wanted.origin), policy::name_of(got.origin));
    }
    if (wanted.as_path) {
      bgp::PathAttributes path;
      path.as_path = *bgp::parse_as_path(*wanted.as_path);
      check("as-path", policy::as_path_text(path), policy::as_path_text(got));
    }
    if (wanted.communities) {
      bgp::PathAttributes list;
      write(*wanted.communities, list);
      check("communities", sorted_communities(list), sorted_communities(got));
    }
    if (wanted.next_hop) {
      const bool self = outcome.next_hop == policy::NextHopChoice::Self;
      check("next-hop", *wanted.next_hop, self ? "self" : policy::next_hop_text(got));
    }
  }

  /// What the policy does not say is as kernel.export says.
  void compare_kernel(const PolicyTest& test, const policy::KernelHints& got) {
    const TestExpectation& wanted = test.expect;
    const kernel::ExportOptions options = config_.kernel.exports.value_or(kernel::ExportOptions{});
    const auto number = [&](std::string_view key, std::optional<std::uint32_t> expected,
                            std::uint32_t found) {
      if (expected) {
        check(key, policy::number_text(expected), policy::number_text(found));
      }
    };
    number("kernel-table", wanted.kernel_table, got.table.value_or(options.table));
    number("kernel-metric", wanted.kernel_metric, got.metric.value_or(options.metric));
    if (wanted.kernel_preferred_source) {
      const auto found =
          got.preferred_source ? got.preferred_source : options.source(test.route.prefix.afi());
      check("kernel-preferred-source", policy::address_text(wanted.kernel_preferred_source),
            policy::address_text(found));
    }
  }

  Reader& reader_;
  const Config& config_;
  policy::PolicyMap policies_;
  const Node* node_ = nullptr;  // of `expect`
  std::string name_;
};

}  // namespace

void run_policy_tests(Reader& reader, const Node& root, const Config& config) {
  if (config.tests.empty()) {
    return;
  }
  const Node& nodes = *root.find("tests")->value;
  TestRun run(reader, config);
  for (std::size_t i = 0; i < config.tests.size(); ++i) {
    if (config.tests[i].direction == TestDirection::KernelExport && !config.kernel.exports) {
      reader.error(nodes.items[i]->find("direction")->value->mark,
                   "without kernel.export no route enters the kernel");
      continue;
    }
    run.run(config.tests[i], *nodes.items[i]);
  }
}

}  // namespace pipit::config
