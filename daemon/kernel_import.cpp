#include "daemon/kernel_import.hpp"

#include <algorithm>
#include <set>

#include <fnmatch.h>
#include <linux/rtnetlink.h>

namespace pipit::daemon {
namespace {

/// Prefixes that mean something on one link or to one host only.
bool is_local_matter(const net::Prefix& prefix) {
  const net::IpAddress& address = prefix.address();
  const bool narrow = address.is_loopback() || address.is_multicast() || address.is_link_local();
  return narrow && prefix.length() != 0;
}

}  // namespace

void KernelImport::set_rules(std::vector<kernel::ImportRule> rules,
                             std::vector<policy::PolicyRef> policies,
                             std::optional<std::uint8_t> own_protocol) {
  rules_ = std::move(rules);
  policies_ = std::move(policies);
  own_protocol_ = own_protocol;
  // Rules are told apart by their index, which means something else now: announce everything anew.
  for (auto& [prefix, rule] : announced_) {
    rule = rules_.size();
  }
  for (auto& [prefix, from] : connected_) {
    from.rule = rules_.size();
  }
}

void KernelImport::refresh(const net::Prefix& prefix) {
  const std::optional<Match> match = best_match(prefix);
  const auto before = announced_.find(prefix);
  if (!match) {
    if (before != announced_.end()) {
      rib_.withdraw_local(rib::kKernelSource, prefix);
      announced_.erase(before);
    }
    return;
  }
  // Interface, protocol and metric may be others now, and policy may ask for them.
  const bool again = !policies_[match->rule]->accepts_unchanged();
  if (before == announced_.end() || before->second != match->rule || again) {
    announced_.insert_or_assign(prefix, match->rule);
    const kernel::RouteBody& body = match->route.body;
    const policy::KernelFacts facts{
        .interface = body.hops.empty() ? "" : interface_name(body.hops.front().interface_index),
        .protocol = body.protocol,
        .metric = match->route.key.metric};
    announce(rib::kKernelSource, prefix, match->rule, facts);
  }
}

void KernelImport::refresh_connected() {
  std::map<net::Prefix, Connected> wanted;
  for (const kernel::InterfaceAddress& address : monitor_.addresses()) {
    if (const auto rule = rule_of(address)) {
      wanted.emplace(address.subnet(), Connected{*rule, address.interface_index});
    }
  }
  for (const auto& [prefix, from] : connected_) {
    if (!wanted.contains(prefix)) {
      rib_.withdraw_local(rib::kConnectedSource, prefix);
    }
  }
  for (const auto& [prefix, from] : wanted) {
    const auto before = connected_.find(prefix);
    if (before == connected_.end() || before->second != from) {
      announce(rib::kConnectedSource, prefix, from.rule,
               {.interface = interface_name(from.interface_index), .protocol = RTPROT_KERNEL});
    }
  }
  connected_ = std::move(wanted);
}

std::optional<kernel::Route> KernelImport::route_of(const net::Prefix& prefix) const {
  auto match = best_match(prefix);
  return match ? std::optional(std::move(match->route)) : std::nullopt;
}

std::optional<KernelImport::Match> KernelImport::best_match(const net::Prefix& prefix) const {
  std::optional<Match> best;
  std::set<std::uint32_t> tables;
  for (const kernel::ImportRule& rule : rules_) {
    if (rule.connected || !tables.insert(rule.table).second) {
      continue;
    }
    monitor_.routes().for_prefix(rule.table, prefix, [&](const kernel::Route& route) {
      const auto matched = rule_of(route);
      if (matched && (!best || route.key.metric < best->route.key.metric)) {
        best = Match{.route = route, .rule = *matched};
      }
    });
  }
  return best;
}

std::optional<std::size_t> KernelImport::rule_of(const kernel::Route& route) const {
  const kernel::RouteBody& body = route.body;
  if (body.protocol == own_protocol_ || is_local_matter(route.key.prefix)) {
    return std::nullopt;
  }
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    const kernel::ImportRule& rule = rules_[index];
    const bool protocol_matches =
        rule.protocols.empty() ? body.protocol != RTPROT_KERNEL && body.protocol != RTPROT_REDIRECT
                               : std::find(rule.protocols.begin(), rule.protocols.end(),
                                           body.protocol) != rule.protocols.end();
    const std::uint32_t interface = body.hops.empty() ? 0 : body.hops.front().interface_index;
    if (!rule.connected && rule.table == route.key.table && protocol_matches &&
        interface_matches(rule, interface)) {
      return index;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> KernelImport::rule_of(const kernel::InterfaceAddress& address) const {
  if (!address.usable || is_local_matter(address.subnet())) {
    return std::nullopt;
  }
  const auto link = monitor_.links().find(address.interface_index);
  if (link == monitor_.links().end() || !link->second.up) {
    return std::nullopt;
  }
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    if (rules_[index].connected && interface_matches(rules_[index], address.interface_index)) {
      return index;
    }
  }
  return std::nullopt;
}

std::string_view KernelImport::interface_name(std::uint32_t index) const {
  const auto link = monitor_.links().find(index);
  return link == monitor_.links().end() ? std::string_view() : link->second.name;
}

bool KernelImport::interface_matches(const kernel::ImportRule& rule, std::uint32_t index) const {
  if (rule.interface.empty()) {
    return true;
  }
  const auto link = monitor_.links().find(index);
  return link != monitor_.links().end() &&
         fnmatch(rule.interface.c_str(), link->second.name.c_str(), 0) == 0;
}

void KernelImport::announce(rib::SourceId source,
                            const net::Prefix& prefix,
                            std::size_t rule,
                            const policy::KernelFacts& facts) {
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(prefix.afi());
  rib_.announce_local(source, prefix, attributes.view(), policies_[rule].get(), &facts);
}

}  // namespace pipit::daemon
