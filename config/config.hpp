// The whole configuration as plain values: groups resolved, defaults filled in, names checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgp/session/options.hpp"
#include "config/policy_test.hpp"
#include "config/value.hpp"
#include "control/options.hpp"
#include "kernel/options.hpp"
#include "net/address.hpp"
#include "net/log.hpp"
#include "policy/options.hpp"
#include "rib/options.hpp"

namespace pipit::config {

enum class DefaultPolicy : std::uint8_t { Rfc8212, Open };

struct RouterOptions {
  std::optional<net::IpAddress> id;  // nullopt: the daemon picks one of the host's addresses
  std::string id_text;               // what `id` was hashed from; empty: it was given itself
  std::optional<net::IpAddress> cluster_id;  // nullopt: the router id
  std::string hostname;                      // empty: uname -n
  DefaultPolicy default_policy = DefaultPolicy::Rfc8212;
  bool graceful_shutdown = false;  // tells everybody that this router is about to go (RFC 8326)

  friend bool operator==(const RouterOptions&, const RouterOptions&) = default;
};

/// One neighbor with everything inherited from its groups. session.local_asn, session.router_id and
/// session.hostname are filled in by the daemon, once the router id is known.
struct NeighborConfig {
  std::string group;  // the one it names; empty: none
  std::string description;
  std::string password_file;  // where session.password was read from; empty: from the file itself
  std::string password_problem;  // why password_file gave none, else empty
  /// session.shutdown is set because of password_problem, and not by the file.
  bool held_for_password = false;
  bgp::SessionOptions session;
  rib::NeighborRouteOptions routes;

  friend bool operator==(const NeighborConfig&, const NeighborConfig&) = default;
};

/// A group as it was written, for printing only: what it gives is in the neighbors already.
struct GroupConfig {
  std::string name;
  Value options;  // its own keys

  friend bool operator==(const GroupConfig&, const GroupConfig&) = default;
};

/// What happens when the daemon starts and cannot listen somewhere.
enum class ListenFailure : std::uint8_t { Retry, Exit };

struct ListenOptions {
  std::vector<net::Endpoint> addresses;
  ListenFailure on_failure = ListenFailure::Retry;

  friend bool operator==(const ListenOptions&, const ListenOptions&) = default;
};

struct Config {
  RouterOptions router;
  rib::RibOptions rib;  // asn, best-path, multipath, next-hops; ids are filled in by the daemon
  ListenOptions listen;
  control::ControlOptions control;
  net::LogOptions log;
  kernel::KernelOptions kernel;
  std::vector<rib::OriginateOptions> originate;
  std::vector<GroupConfig> groups;
  std::vector<NeighborConfig> neighbors;  // in the file's order
  policy::PolicyOptions policies;
  std::vector<PolicyTest> tests;

  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace pipit::config
