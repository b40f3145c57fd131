// The parts of the running daemon and what holds them together; router.cpp starts and ends them,
// router_commands.cpp carries out what operators ask for.
#pragma once

#include <map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bgp/session/asio_transport.hpp"
#include "bgp/session/listener.hpp"
#include "control/server.hpp"
#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/originator.hpp"
#include "daemon/bridge/speaker.hpp"
#include "daemon/reload/background.hpp"
#include "daemon/reload/candidate.hpp"
#include "daemon/reload/config_history.hpp"
#include "daemon/reload/reload_plan.hpp"
#include "daemon/reload/reloader.hpp"
#include "daemon/reload/running_config.hpp"
#include "daemon/router.hpp"
#include "daemon/show/view.hpp"
#include "net/asio_loop.hpp"
#include "net/log.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

class Router::Impl final : public control::DaemonCommands, private NeighborDoors {
 public:
  Impl(std::string file, config::Loaded loaded);

  std::expected<void, std::string> start();

  void run() { loop_.run(); }

  int exit_status() const { return exit_status_; }

  // control::DaemonCommands
  void reload(const control::Requester& by,
              std::optional<control::Seconds> confirm_within,
              control::Done<control::ReloadResult> done) override;
  void dry_run(bool routes, control::Done<control::DryRun> done) override;
  Result confirm(const control::Requester& by) override;
  void rollback(std::uint32_t number,
                const control::Requester& by,
                control::Done<control::ReloadResult> done) override;
  void check(const std::string& file,
             std::string text,
             control::Done<control::ConfigCheck> done) override;
  Result enable_neighbor(std::string_view name) override;
  Result disable_neighbor(std::string_view name, std::string_view message) override;
  Result reset_neighbor(std::string_view name) override;
  Result refresh_neighbor(std::string_view name, control::RefreshDirection direction) override;

 private:
  void start_neighbors();
  // NeighborDoors
  void add_neighbor(const config::NeighborConfig& config,
                    const NeighborPolicies& policies) override;
  void remove_neighbor(Neighbor& neighbor) override;
  void neighbor_changed(Neighbor& neighbor) override;

  // router_reload.cpp
  void hang_up();
  void reload_file(const Origin& origin,
                   std::optional<control::Seconds> confirm_within,
                   control::Done<control::ReloadResult> done);
  control::ReloadResult reload_with(Candidate& candidate,
                                    const Origin& origin,
                                    std::optional<control::Seconds> confirm_within);
  void apply(Candidate& candidate, const Origin& origin);
  void go_back(std::uint32_t number,
               const Origin& origin,
               control::Done<control::ReloadResult> done);
  control::ReloadResult go_back_to(std::uint32_t number,
                                   Candidate& candidate,
                                   const Origin& origin);
  void await_confirmation(std::uint32_t back_to, control::Seconds time);
  void end_confirmation();

  void note_router_id() const;
  bool listen();  // false: not everywhere
  void move_control();
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
  Reloader reloader_;
  bgp::Listener listener_;
  std::map<std::string, std::unique_ptr<bgp::AsioTransport>, std::less<>> transports_;
  View view_;
  std::unique_ptr<control::Server> server_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer convergence_;
  net::TimePoint sessions_began_;
  ConfigHistory history_;
  Background background_;
  boost::asio::steady_timer confirmation_;
  bool neighbors_started_ = false;
  bool hangup_waits_ = false;
  bool control_changed_ = false;  // the socket moves once an answer has left through the old one
  bool ending_ = false;
  int exit_status_ = 0;
};

}  // namespace pipit::daemon
