#include "daemon/bridge/kernel_import.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fnmatch.h>
#include <linux/rtnetlink.h>

#include "daemon/bridge/kernel_words.hpp"

namespace pipit::daemon {
namespace {

/// Prefixes that mean something on one link or to one host only.
bool is_local_matter(const net::Prefix& prefix) {
  const net::IpAddress& address = prefix.address();
  const bool narrow = address.is_loopback() || address.is_multicast() || address.is_link_local();
  return narrow && prefix.length() != 0;
}

constexpr const char* kLocalMatter =
    "loopback, link-local and multicast prefixes mean something here only";

std::uint32_t interface_of(const kernel::RouteBody& body) {
  return body.hops.empty() ? 0 : body.hops.front().interface_index;
}

template <typename T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::ranges::find(values, value) != values.end();
}

bool has_gateway(const kernel::RouteBody& body) {
  return std::ranges::any_of(body.hops,
                             [](const kernel::Hop& hop) { return hop.gateway.has_value(); });
}

void say(KernelImport::RuleTrace* trace, std::string_view verdict) {
  if (trace != nullptr) {
    trace->verdict = verdict;
  }
}

template <typename Words>
void try_rule(KernelImport::RuleTrace* trace, std::size_t index, const Words& words) {
  if (trace != nullptr) {
    trace->rules.push_back(fmt::format("rule {} {}", index + 1, words()));
  }
}

}  // namespace

void KernelImport::set_rules(std::vector<kernel::ImportRule> rules,
                             std::vector<policy::PolicyRef> policies,
                             std::optional<kernel::Ownership> ownership) {
  rules_ = std::move(rules);
  policies_ = std::move(policies);
  ownership_ = std::move(ownership);
  tables_.clear();
  for (const kernel::ImportRule& rule : rules_) {
    if (!rule.connected && std::ranges::find(tables_, rule.table) == tables_.end()) {
      tables_.push_back(rule.table);
    }
  }
  // Rules are told apart by their index, which means something else now: announce everything anew.
  for (auto& [prefix, from] : connected_) {
    from.rule = rules_.size();
  }
}

void KernelImport::prefetch(const net::Prefix& prefix) const {
  for (const std::uint32_t table : tables_) {
    host_.routes().prefetch(table, prefix);
  }
  rib_.prefetch(prefix);
}

/// What was announced before is known to the RIB alone, where the same again changes nothing.
void KernelImport::refresh(const net::Prefix& prefix) {
  if (const std::optional<Match> match = best_match(prefix)) {
    announce(rib::kKernelSource, prefix, match->rule, facts_of(match->key, *match->body));
  } else {
    rib_.withdraw_local(rib::kKernelSource, prefix);
  }
}

std::optional<rib::LocalPreview::Route> KernelImport::wanted(const net::Prefix& prefix) const {
  const std::optional<Match> match = best_match(prefix);
  if (!match) {
    return std::nullopt;
  }
  return rib::LocalPreview::Route{policies_[match->rule].get(), facts_of(match->key, *match->body)};
}

rib::LocalPreview::Route KernelImport::wanted(const Connected& from) const {
  return {policies_[from.rule].get(), facts_of(from)};
}

std::map<net::Prefix, KernelImport::Connected> KernelImport::wanted_connected() const {
  std::map<net::Prefix, Connected> wanted;
  for (const kernel::InterfaceAddress& address : host_.addresses()) {
    if (const auto rule = rule_of(address)) {
      wanted.emplace(address.subnet(), Connected{*rule, address.interface_index});
    }
  }
  return wanted;
}

void KernelImport::refresh_connected() {
  std::map<net::Prefix, Connected> wanted = wanted_connected();
  for (const auto& [prefix, from] : connected_) {
    if (!wanted.contains(prefix)) {
      rib_.withdraw_local(rib::kConnectedSource, prefix);
    }
  }
  for (const auto& [prefix, from] : wanted) {
    const auto before = connected_.find(prefix);
    if (before == connected_.end() || before->second != from) {
      announce(rib::kConnectedSource, prefix, from.rule, facts_of(from));
    }
  }
  connected_ = std::move(wanted);
}

std::optional<kernel::Route> KernelImport::route_of(const net::Prefix& prefix) const {
  const auto match = best_match(prefix);
  return match ? std::optional(kernel::Route{match->key, *match->body}) : std::nullopt;
}

std::optional<KernelImport::Match> KernelImport::best_match(const net::Prefix& prefix) const {
  std::optional<Match> best;
  for (const std::uint32_t table : tables_) {
    host_.routes().for_prefix(table, prefix,
                              [&](const kernel::RouteKey& key, const kernel::RouteBody& body) {
                                const auto matched = rule_of(key, body);
                                if (matched && (!best || key.metric < best->key.metric)) {
                                  best = Match{.key = key, .body = &body, .rule = *matched};
                                }
                              });
  }
  return best;
}

std::optional<std::size_t> KernelImport::rule_of(const kernel::RouteKey& key,
                                                 const kernel::RouteBody& body,
                                                 RuleTrace* trace) const {
  if (ownership_ && ownership_->owns(key, body.protocol)) {
    say(trace, "written by this daemon itself");
    return std::nullopt;
  }
  if (is_local_matter(key.prefix)) {
    say(trace, kLocalMatter);
    return std::nullopt;
  }
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    const RuleMismatch found = mismatch(rules_[index], key, body);
    try_rule(trace, index, [&] { return words(found, rules_[index], key, body); });
    if (found == RuleMismatch::None) {
      say(trace, "taken");
      return index;
    }
  }
  say(trace, "no import rule takes it");
  return std::nullopt;
}

KernelImport::RuleMismatch KernelImport::mismatch(const kernel::ImportRule& rule,
                                                  const kernel::RouteKey& key,
                                                  const kernel::RouteBody& body) const {
  if (rule.connected) {
    return RuleMismatch::Connected;
  }
  if (rule.table != key.table) {
    return RuleMismatch::Table;
  }
  if (!protocol_matches(rule, body.protocol)) {
    return RuleMismatch::Protocol;
  }
  const bool type_matches =
      rule.types.empty() ? body.type != kernel::RouteType::Throw : contains(rule.types, body.type);
  if (!type_matches) {
    return RuleMismatch::Type;
  }
  if (rule.gateway && *rule.gateway != has_gateway(body)) {
    return RuleMismatch::Gateway;
  }
  return interface_matches(rule, interface_of(body)) ? RuleMismatch::None : RuleMismatch::Interface;
}

/// A rule that names no protocol takes neither what the kernel made by itself nor what has our
/// protocol without being ours: that is another daemon of our kind.
bool KernelImport::protocol_matches(const kernel::ImportRule& rule, std::uint8_t protocol) const {
  if (!rule.protocols.empty()) {
    return contains(rule.protocols, protocol);
  }
  return protocol != RTPROT_KERNEL && protocol != RTPROT_REDIRECT &&
         !(ownership_ && protocol == ownership_->protocol);
}

std::string KernelImport::words(RuleMismatch found,
                                const kernel::ImportRule& rule,
                                const kernel::RouteKey& key,
                                const kernel::RouteBody& body) const {
  switch (found) {
    case RuleMismatch::None:
      return "matches";
    case RuleMismatch::Connected:
      return "is for interface addresses";
    case RuleMismatch::Table:
      return fmt::format("is for {}, not {}", table_words(rule.table), table_words(key.table));
    case RuleMismatch::Protocol: {
      const std::string protocol = protocol_name(body.protocol);
      return rule.protocols.empty()
                 ? fmt::format("names no protocol, and takes none of protocol {} then", protocol)
                 : fmt::format("does not name protocol {}", protocol);
    }
    case RuleMismatch::Type:
      return rule.types.empty() ? "names no type, and takes no throw then"
                                : fmt::format("does not name type {}", type_name(body.type));
    case RuleMismatch::Gateway:
      return *rule.gateway ? "is for routes with a gateway" : "is for routes without a gateway";
    case RuleMismatch::Interface:
      return fmt::format("interface {} does not match {}", interface_name(interface_of(body)),
                         rule.interface);
  }
  return "";
}

std::optional<std::size_t> KernelImport::rule_of(const kernel::InterfaceAddress& address,
                                                 RuleTrace* trace) const {
  if (!address.usable || is_local_matter(address.subnet())) {
    say(trace, address.usable ? kLocalMatter : "the address is not usable yet");
    return std::nullopt;
  }
  const auto link = host_.links().find(address.interface_index);
  if (link == host_.links().end() || !link->second.up) {
    say(trace, "its interface is down");
    return std::nullopt;
  }
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    const bool interface = interface_matches(rules_[index], address.interface_index);
    const bool taken = rules_[index].connected && interface;
    try_rule(trace, index, [&] {
      return taken                      ? std::string("matches")
             : !rules_[index].connected ? std::string("is for routes, not for addresses")
                                        : fmt::format("interface {} does not match {}",
                                                      link->second.name, rules_[index].interface);
    });
    if (taken) {
      say(trace, "taken");
      return index;
    }
  }
  say(trace, "no import rule takes it");
  return std::nullopt;
}

rib::Rib::Traced KernelImport::trace(rib::SourceId source,
                                     const net::Prefix& prefix,
                                     rib::AttributeHandle received,
                                     rib::Trace& trace) const {
  policy::KernelFacts kernel;
  const policy::Policy* policy = nullptr;
  if (source == rib::kConnectedSource) {
    if (const auto from = connected_.find(prefix); from != connected_.end()) {
      kernel = facts_of(from->second);
      policy = policies_[from->second.rule].get();
    }
  } else if (const auto match = best_match(prefix)) {
    kernel = facts_of(match->key, *match->body);
    policy = policies_[match->rule].get();
  }
  return rib_.trace_local(
      {.prefix = prefix, .source = rib_.sources()[source].kind, .kernel = &kernel}, received,
      policy, trace);
}

policy::KernelFacts KernelImport::facts_of(const kernel::RouteKey& key,
                                           const kernel::RouteBody& body) const {
  return {.interface = interface_name(interface_of(body)),
          .protocol = body.protocol,
          .metric = key.metric,
          .type = static_cast<policy::KernelRouteType>(body.type),
          .gateway = has_gateway(body)};
}

policy::KernelFacts KernelImport::facts_of(const Connected& from) const {
  return {.interface = interface_name(from.interface_index), .protocol = RTPROT_KERNEL};
}

std::string_view KernelImport::interface_name(std::uint32_t index) const {
  const auto link = host_.links().find(index);
  return link == host_.links().end() ? std::string_view() : link->second.name;
}

bool KernelImport::interface_matches(const kernel::ImportRule& rule, std::uint32_t index) const {
  if (rule.interface.empty()) {
    return true;
  }
  const auto link = host_.links().find(index);
  return link != host_.links().end() &&
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
