// Tests of policies that operators write (`tests:`): what they say, and the run of them.
//
// Filled in by the field table, run by every load of a configuration once all of it has been read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "net/address.hpp"
#include "policy/options.hpp"

namespace pipit::config {

/// Attributes of a test's route, and those expected of it; what is not given is not looked at.
struct TestAttributes {
  std::optional<std::uint32_t> local_preference;
  std::optional<std::uint32_t> med;
  std::optional<bgp::Origin> origin;
  std::optional<std::string> as_path;  // "65001 65002", empty for an empty one
  std::optional<policy::CommunityList> communities;
  std::optional<std::string> next_hop;  // an address; of what is expected also "self"
  std::optional<std::uint32_t> weight;
  std::optional<std::uint32_t> tag;

  friend bool operator==(const TestAttributes&, const TestAttributes&) = default;
};

struct TestRoute {
  net::Prefix prefix;
  std::optional<policy::SourceKind> source;  // nullopt: bgp
  std::string learned_from;                  // a neighbor; empty: that of the test, on import
  std::string interface;
  std::uint8_t protocol = 0;
  std::uint32_t metric = 0;
  std::optional<policy::KernelRouteType> type;  // nullopt: unicast
  std::optional<bool> gateway;                  // nullopt: no
  std::optional<bool> reachable;                // nullopt: yes
  std::optional<std::uint32_t> igp_metric;      // nullopt: 0
  TestAttributes attributes;

  friend bool operator==(const TestRoute&, const TestRoute&) = default;
};

/// KernelExport: into the kernel, by the policy of kernel.export.
enum class TestDirection : std::uint8_t { Import, Export, KernelExport };

struct TestExpectation {
  bool accepted = true;
  TestAttributes attributes;
  // As kernel.export would write the route.
  std::optional<std::uint32_t> kernel_table;
  std::optional<std::uint32_t> kernel_metric;
  std::optional<net::IpAddress> kernel_preferred_source;

  friend bool operator==(const TestExpectation&, const TestExpectation&) = default;
};

struct PolicyTest {
  std::string name;
  TestRoute route;
  std::string neighbor;                    // with direction Import or Export; or:
  std::optional<TestDirection> direction;  // KernelExport alone; or:
  std::vector<std::string> policy;
  TestExpectation expect;

  friend bool operator==(const PolicyTest&, const PolicyTest&) = default;
};

}  // namespace pipit::config
