#include "tests/sim/router_config.hpp"

#include <string>
#include <utility>

#include <linux/rtnetlink.h>

namespace pipit::sim {
namespace {

using std::chrono::seconds;

policy::RuleOptions reject(const std::set<net::Prefix>& prefixes) {
  policy::RuleOptions rule{.then = policy::Then::Reject};
  for (const net::Prefix& prefix : prefixes) {
    rule.match.prefix.ranges.push_back(
        {.prefix = prefix, .min_length = prefix.length(), .max_length = prefix.length()});
  }
  return rule;
}

policy::RuleOptions of_tagged(policy::Then then) {
  policy::RuleOptions rule{.then = then};
  rule.match.communities.any.values.standard = {kTag};
  return rule;
}

/// Adds a policy unless it would accept everything as it is. Returns its name, or nothing.
std::vector<std::string> add(config::Config& config,
                             std::string name,
                             std::vector<policy::RuleOptions> rules,
                             policy::RuleOptions last) {
  last.then = policy::Then::Accept;
  if (rules.empty() && last.set == policy::ActionOptions{}) {
    return {};
  }
  rules.push_back(std::move(last));
  config.policies.policies[name] = std::move(rules);
  return {std::move(name)};
}

std::vector<std::string> import_policy(config::Config& config,
                                       const Topology& topology,
                                       const SessionSpec& session,
                                       const std::string& neighbor,
                                       bool external) {
  std::vector<policy::RuleOptions> rules;
  if (!session.refuses.empty()) {
    rules.push_back(reject(session.refuses));
  }
  if (external && session.refuses_tagged) {
    rules.push_back(of_tagged(policy::Then::Reject));
  }
  if (external && topology.avoids_tagged) {
    rules.push_back(of_tagged(policy::Then::Accept));
    rules.back().set.local_preference = kTaggedPreference;
  }
  return add(config, "from" + neighbor, std::move(rules), {});
}

std::vector<std::string> export_policy(config::Config& config,
                                       const SessionSpec& session,
                                       const std::string& neighbor,
                                       bool external) {
  std::vector<policy::RuleOptions> rules;
  if (!session.conceals.empty()) {
    rules.push_back(reject(session.conceals));
  }
  policy::RuleOptions last;
  if (external && session.tags) {
    last.set.communities.add.standard = {kTag};
  }
  if (external && session.prepends != 0) {
    last.set.as_path.prepend = policy::Prepend{.asn = std::nullopt, .times = session.prepends};
  }
  return add(config, "to" + neighbor, std::move(rules), std::move(last));
}

config::NeighborConfig neighbor_config(config::Config& config,
                                       const Topology& topology,
                                       const LinkSpec& link,
                                       std::size_t self) {
  const std::size_t other = link.a == self ? link.b : link.a;
  const RouterSpec& own = topology.routers[self];
  const RouterSpec& far = topology.routers[other];
  const SessionSpec session = own.session(other);
  const bool external = !topology.internal(link);
  config::NeighborConfig made;
  made.session.name = neighbor_name(other);
  made.session.address = {.address = far.address(link.afi()), .interface = {}};
  made.session.local_address = own.address(link.afi());
  made.session.expected_asn = {.kind = bgp::ExpectedAsn::Kind::Number, .number = far.asn};
  made.session.timers = {.hold = seconds(session.hold),
                         .keepalive = seconds(3),
                         .connect_retry = seconds(5),
                         .send_hold = seconds(30),
                         .idle_hold = seconds(1),
                         .idle_hold_max = seconds(8)};
  made.session.families = {true, own.ipv6};
  if (session.shutdown) {
    made.session.shutdown = "";
  }
  if (external) {
    made.session.multihop = 2;
  }
  made.routes.route_reflector_client = link.a == self && link.b_is_client_of_a;
  made.routes.next_hop_self = external ? rib::NextHopSelf::Auto : rib::NextHopSelf::Self;
  made.routes.import_policy = import_policy(config, topology, session, made.session.name, external);
  made.routes.export_policy = export_policy(config, session, made.session.name, external);
  return made;
}

kernel::KernelOptions kernel_options(config::Config& config, const KernelSpec& spec) {
  kernel::KernelOptions made;
  if (spec.imports_static) {
    made.imports.push_back({.protocols = {RTPROT_STATIC}});
  }
  if (spec.imports_connected) {
    made.imports.push_back({.interface = "lan*", .connected = true});
  }
  if (spec.exports) {
    std::vector<policy::RuleOptions> rules;
    if (!spec.conceals.empty()) {
      rules.push_back(reject(spec.conceals));
    }
    made.exports.emplace();
    made.exports->policy = add(config, "to-kernel", std::move(rules), {});
  }
  return made;
}

}  // namespace

std::string neighbor_name(std::size_t router) {
  return std::to_string(router);
}

config::Config config_of(const Topology& topology, std::size_t router) {
  const RouterSpec& self = topology.routers[router];
  config::Config made;
  made.router.id = self.address();
  made.router.cluster_id = net::IpAddress::v4(self.cluster_id);
  made.router.hostname = "r" + neighbor_name(router);
  made.router.default_policy = config::DefaultPolicy::Open;
  made.rib.asn = self.asn;
  made.rib.next_hops.via_default = false;
  made.kernel = kernel_options(made, self.kernel);
  for (const net::Prefix& prefix : self.prefixes) {
    made.originate.push_back({.prefix = prefix});
  }
  for (const LinkSpec& link : topology.links) {
    if (link.a == router || link.b == router) {
      made.neighbors.push_back(neighbor_config(made, topology, link, router));
    }
  }
  return made;
}

}  // namespace pipit::sim
