#include "daemon/reload/running_config.hpp"

#include <algorithm>
#include <utility>

#include <sys/utsname.h>

#include "daemon/reload/router_id.hpp"

namespace pipit::daemon {
namespace {

/// As it was at the start: a host that is renamed must not have its sessions reset by the next
/// reload.
const std::string& host_name() {
  static const std::string kName = [] {
    utsname names{};
    return std::string(uname(&names) == 0 ? names.nodename : "");
  }();
  return kName;
}

std::optional<std::uint32_t> pick_router_id(const config::Config& config,
                                            const config::Config* earlier) {
  if (earlier != nullptr && !earlier->router.id) {
    return earlier->rib.router_id;
  }
  const std::optional<RouterIdChoice> choice = router_id_of_host(config);
  return choice ? std::optional(choice->address.to_v4()) : std::nullopt;
}

/// A password file that cannot be read just now is no reason to end a session that has its
/// password.
void keep_password(config::NeighborConfig& neighbor, const config::Config& earlier) {
  const auto known =
      std::ranges::find(earlier.neighbors, neighbor.session.name,
                        [](const config::NeighborConfig& one) { return one.session.name; });
  if (known == earlier.neighbors.end() || known->session.password.empty() ||
      known->password_file != neighbor.password_file) {
    return;
  }
  neighbor.session.password = known->session.password;
  neighbor.password_problem.clear();
  if (std::exchange(neighbor.held_for_password, false)) {
    neighbor.session.shutdown.reset();
  }
}

}  // namespace

std::expected<void, std::string> complete(config::Config& config, const config::Config* earlier) {
  const auto router_id =
      config.router.id ? config.router.id->to_v4() : pick_router_id(config, earlier);
  if (!router_id) {
    return std::unexpected(
        "router.id is not set and this host has no IPv4 address to take it from (those of "
        "loopback, tunnels, workloads and services do not count). Give it a number of its own in "
        "the form of an IPv4 address, or let it be worked out of a name, which needs no address: "
        "router: {id: \"hash:" +
        host_name() + "\"}");
  }
  config.rib.router_id = *router_id;
  config.rib.cluster_id = config.router.cluster_id ? config.router.cluster_id->to_v4() : *router_id;
  if (config.router.hostname.empty()) {
    config.router.hostname = host_name();
  }
  for (config::NeighborConfig& neighbor : config.neighbors) {
    if (earlier != nullptr && !neighbor.password_problem.empty()) {
      keep_password(neighbor, *earlier);
    }
    neighbor.session.local_asn = config.rib.asn;
    neighbor.session.router_id = *router_id;
    neighbor.session.hostname = config.router.hostname;
    neighbor.routes.send_graceful_shutdown = config.router.graceful_shutdown;
  }
  return {};
}

}  // namespace pipit::daemon
