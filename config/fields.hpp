// The field table: every key of the file once, with its type, bounds, default, help, and the place
// in an options struct that it fills in.
//
// Reading, checking, the JSON Schema, the reference in pipitd.yaml(5) and the effective
// configuration all come from here. One function a part of the file; each is built once.
#pragma once

#include "config/config.hpp"
#include "config/policy_test.hpp"
#include "config/scalars.hpp"
#include "config/type.hpp"

namespace pipit::config {

/// The whole file. `groups` and `neighbors` are in it to be described and written; they are read by
/// read_neighbors(), because they inherit.
const Type<Config>& file_fields();

/// A neighbor, and a group: the same without an address.
const Type<NeighborConfig>& neighbor_fields();
const Type<NeighborConfig>& group_fields();
/// The fields of neighbors and groups that are about routes, not about the session.
std::vector<Field<NeighborConfig>> neighbor_route_fields();

Type<Config> router_fields();
Type<control::ControlOptions> control_fields();
Type<net::LogOptions> log_fields();
Type<kernel::KernelOptions> kernel_fields();
Type<rib::OriginateOptions> originate_fields();
/// rtnetlink's protocol numbers by the names that ip(8) gives them.
Type<std::uint8_t> kernel_protocol();

/// What a kernel route does with packets, by the names that ip(8) gives it.
template <typename Enum>
Type<Enum> kernel_route_type() {
  return choice<Enum>({{"unicast", Enum::Unicast},
                       {"blackhole", Enum::Blackhole},
                       {"unreachable", Enum::Unreachable},
                       {"prohibit", Enum::Prohibit},
                       {"throw", Enum::Throw}});
}

/// A routing table to read routes from or to write them to: not the kernel's own.
Type<std::uint32_t> routing_table();
Type<std::uint32_t> kernel_metric();
/// At most one address of each family.
Type<std::vector<net::IpAddress>> preferred_sources();
Type<policy::SetOptions> set_fields();
Type<policy::MatchOptions> match_fields();
Type<policy::ActionOptions> action_fields();
Type<std::map<std::string, std::vector<policy::RuleOptions>>> policy_fields();
Type<std::vector<PolicyTest>> test_fields();

}  // namespace pipit::config
