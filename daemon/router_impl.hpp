// The parts of the running daemon and what holds them together; router.cpp starts and ends them,
// router_commands.cpp carries out what operators ask for.
#pragma once

#include <map>
#include <random>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bgp/session/asio_transport.hpp"
#include "bgp/session/listener.hpp"
#include "control/server.hpp"
#include "daemon/kernel_bridge.hpp"
#include "daemon/originator.hpp"
#include "daemon/router.hpp"
#include "daemon/running_config.hpp"
#include "daemon/speaker.hpp"
#include "daemon/view.hpp"
#include "net/asio_loop.hpp"
#include "net/log.hpp"
#include "rib/rib.hpp"
#include "rib/update_groups.hpp"

namespace pipit::daemon {

class Router::Impl final : public control::DaemonCommands {
 public:
  Impl(std::string file, config::Loaded loaded);

  std::expected<void, std::string> start();

  void run() { loop_.run(); }

  // control::DaemonCommands
  control::ReloadResult reload() override;
  control::ConfigCheck check(const std::string& file, const std::string& text) const override;
  Result enable_neighbor(std::string_view name) override;
  Result disable_neighbor(std::string_view name, std::string_view message) override;
  Result reset_neighbor(std::string_view name) override;
  Result refresh_neighbor(std::string_view name, control::RefreshDirection direction) override;

 private:
  void start_neighbors();
  void add_neighbor(const config::NeighborConfig& config);
  void remove_neighbor(Neighbor& neighbor);
  void change_neighbor(Neighbor& neighbor, const config::NeighborConfig& config);
  NeighborPolicies policies_of(const config::NeighborConfig& neighbor) const;
  void apply(config::Config next, control::ReloadResult& result);
  void apply_neighbors(const config::Config& before,
                       const config::Config& next,
                       control::ReloadResult& result);
  void apply_kernel();
  void listen();
  void restart_control_if_changed(const control::ControlOptions& before);
  void restart_control();
  void await_convergence();
  bool converged() const;
  void await_signal();
  void shut_down();

  template <typename Work>
  Result with_neighbor(std::string_view name, Work&& work);

  net::AsioLoop loop_;
  RunningConfig running_;
  rib::Rib rib_;
  rib::UpdateGroups groups_;
  KernelBridge kernel_;
  Speaker speaker_;
  Originator originator_;
  bgp::Listener listener_;
  std::map<std::string, std::unique_ptr<bgp::AsioTransport>, std::less<>> transports_;
  View view_;
  std::unique_ptr<control::Server> server_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer convergence_;
  net::TimePoint sessions_began_;
  std::mt19937_64 random_{std::random_device{}()};
  bool neighbors_started_ = false;
  bool ending_ = false;
};

}  // namespace pipit::daemon
