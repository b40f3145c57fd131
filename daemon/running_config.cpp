#include "daemon/running_config.hpp"

#include <sys/utsname.h>

#include "daemon/router_id.hpp"

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

std::optional<std::uint32_t> pick_router_id(const config::Config* earlier) {
  if (earlier != nullptr && !earlier->router.id) {
    return earlier->rib.router_id;
  }
  const std::optional<net::IpAddress> id = router_id_of_host();
  if (!id) {
    return std::nullopt;
  }
  return id->to_v4();
}

}  // namespace

std::expected<void, std::string> complete(config::Config& config, const config::Config* earlier) {
  const auto router_id = config.router.id ? config.router.id->to_v4() : pick_router_id(earlier);
  if (!router_id) {
    return std::unexpected(
        "router.id is not set and this host has no IPv4 address to take it from");
  }
  config.rib.router_id = *router_id;
  config.rib.cluster_id = config.router.cluster_id ? config.router.cluster_id->to_v4() : *router_id;
  if (config.router.hostname.empty()) {
    config.router.hostname = host_name();
  }
  for (config::NeighborConfig& neighbor : config.neighbors) {
    neighbor.session.local_asn = config.rib.asn;
    neighbor.session.router_id = *router_id;
    neighbor.session.hostname = config.router.hostname;
    neighbor.routes.send_graceful_shutdown = config.router.graceful_shutdown;
  }
  return {};
}

}  // namespace pipit::daemon
