#include "rib/out/group_key.hpp"

#include <functional>

#include <fmt/format.h>

#include "bgp/wire/family_table.hpp"
#include "net/hash.hpp"

namespace pipit::rib {
namespace {

constexpr std::string_view words(NextHopSelf mode) {
  switch (mode) {
    case NextHopSelf::Auto:
      return "";
    case NextHopSelf::Self:
      return ", next-hop-self";
    case NextHopSelf::Always:
      return ", next-hop-self always";
    case NextHopSelf::Unchanged:
      return ", next-hop unchanged";
  }
  return "";
}

}  // namespace

GroupKey group_key(const MemberInfo& member, net::Family family) {
  GroupKey key;
  key.family = family;
  key.internal = member.internal;
  key.local_asn = member.local_asn;
  key.next_hop_self = member.next_hop_self;
  key.graceful_shutdown = member.graceful_shutdown;
  key.export_policy = member.export_policy;
  const policy::Needs needs = key.export_policy ? key.export_policy->needs() : policy::Needs{};
  if (needs.peer_asn) {
    key.peer_asn = member.peer_asn;
  }
  if (needs.peer_address) {
    key.peer_address = member.peer_address;
  }
  key.four_octet_as = member.four_octet_as;
  key.max_message = member.max_message;
  const auto index = net::family_index(family);
  if (index && member.families[*index]) {
    key.next_hops = *member.families[*index];
  }
  if (bgp::family_row(family).labelled) {  // next hops stay as they are
    key.next_hop_self = NextHopSelf::Auto;
    key.next_hops = {};
  }
  if (member.internal) {
    key.client = member.client;
    key.cluster_id = member.cluster_id;
    key.next_hops.connected_subnet.reset();
  } else {
    key.route_server_client = member.route_server_client;
  }
  return key;
}

std::size_t hash_value(const GroupKey& key) {
  std::uint64_t state = net::kMixA;
  const auto add = [&state](std::uint64_t value) { state = net::mix(state ^ value, net::kMixB); };
  add((static_cast<std::uint64_t>(key.family.afi) << 8) |
      static_cast<std::uint64_t>(key.family.safi));
  add((key.internal ? 1U : 0U) | (key.client ? 2U : 0U) | (key.four_octet_as ? 4U : 0U) |
      (key.graceful_shutdown ? 8U : 0U) | (key.route_server_client ? 16U : 0U));
  add((std::uint64_t{key.local_asn} << 32) | key.cluster_id);
  add(static_cast<std::uint64_t>(key.next_hop_self));
  add(key.peer_asn);
  add(hash_value(key.peer_address));
  add(key.max_message);
  if (key.export_policy) {
    add(std::hash<std::string>{}(key.export_policy->name()));
  }
  if (key.next_hops.self_next_hop) {
    add(hash_value(*key.next_hops.self_next_hop));
  }
  if (key.next_hops.self_link_local) {
    add(hash_value(*key.next_hops.self_link_local));
  }
  if (key.next_hops.connected_subnet) {
    add(hash_value(*key.next_hops.connected_subnet));
  }
  return state;
}

std::string describe(const GroupKey& key) {
  std::string text = key.internal ? (key.client ? "internal, client" : "internal")
                                  : fmt::format("external from AS {}", key.local_asn);
  text += key.route_server_client ? ", route server client" : "";
  text += words(key.next_hop_self);
  text += key.graceful_shutdown ? ", graceful shutdown" : "";
  if (key.export_policy) {
    text += fmt::format(", policy {}", key.export_policy->name());
  }
  if (key.peer_asn != 0) {
    text += fmt::format(", to AS {}", key.peer_asn);
  }
  if (!key.peer_address.is_unspecified()) {
    text += fmt::format(", to {}", key.peer_address.to_string());
  }
  if (key.next_hops.self_next_hop) {
    text += fmt::format(", next hop {}", key.next_hops.self_next_hop->to_string());
  }
  if (key.next_hops.connected_subnet) {
    text += fmt::format(", on {}", key.next_hops.connected_subnet->to_string());
  }
  if (!key.four_octet_as) {
    text += ", 2-octet AS";
  }
  if (key.max_message != bgp::kMaxMessage) {
    text += fmt::format(", messages up to {}", key.max_message);
  }
  return text;
}

}  // namespace pipit::rib
