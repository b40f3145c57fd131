#include "daemon/router.hpp"

#include <algorithm>
#include <csignal>

#include <boost/asio/post.hpp>

#include "daemon/reload/router_id.hpp"
#include "daemon/router_impl.hpp"
#include "net/log.hpp"

namespace pipit::daemon {
namespace {

using net::LogLevel;
using net::LogPart;

/// How often a start looks whether every neighbor has said what it has, and when it stops waiting
/// for those that are not there.
constexpr std::chrono::milliseconds kConvergencePoll{500};
constexpr std::chrono::seconds kAbsentNeighbors{30};
constexpr int kCannotListen = 1;  // exit status
constexpr std::chrono::seconds kSilentNeighbors{10};
constexpr std::chrono::seconds kConvergenceLimit{120};

}  // namespace

Router::Impl::Impl(std::string file, config::Loaded loaded)
    : running_{.file = std::move(file),
               .loaded_at = loop_.wall_now(),
               .config = std::move(loaded.config),
               .octets = loaded.octets},
      rib_(running_.config.rib, loop_),
      groups_(loop_, rib_.attributes(), rib_.sources(), rib_.loc_ribs(), {}, &rib_.next_hops()),
      kernel_(loop_, kernel::host_kernel(loop_.context()), rib_),
      speaker_({.loop = loop_, .rib = rib_, .groups = groups_, .host = kernel_}),
      originator_(loop_, rib_),
      reloader_({.running = running_,
                 .rib = rib_,
                 .speaker = speaker_,
                 .originator = originator_,
                 .kernel = kernel_,
                 .doors = *this}),
      listener_(loop_),
      view_({.loop = loop_,
             .config = running_,
             .rib = rib_,
             .groups = groups_,
             .speaker = speaker_,
             .kernel = kernel_,
             .listener = listener_,
             .history = history_,
             .background = background_}),
      signals_(loop_.context(), SIGTERM, SIGINT, SIGHUP),
      convergence_(loop_.context()),
      background_(loop_.context()),
      confirmation_(loop_.context()) {}

std::expected<void, std::string> Router::Impl::start() {
  if (auto completed = complete(running_.config, nullptr); !completed) {
    return completed;
  }
  const config::Config& config = running_.config;
  rib_.configure(config.rib);
  running_.policies.load(config);
  note_router_id();
  history_.add({.what = "start", .requester = {}}, running_.loaded_at, {}, nullptr,
               running_.octets);
  server_ = std::make_unique<control::Server>(
      loop_, config.control, control::Server::Daemon{.view = view_, .commands = *this});
  if (auto started = server_->start(); !started) {
    return started;
  }
  net::log(LogPart::Daemon, LogLevel::Info, "pipitd {} begins: AS {}, router id {}, {} neighbors",
           PIPIT_VERSION, config.rib.asn, net::IpAddress::v4(config.rib.router_id).to_string(),
           config.neighbors.size());
  speaker_.log_messages(net::log_enabled(LogPart::Bgp, LogLevel::Trace));
  kernel_.keep_record(config.control.socket + ".tables");
  reloader_.apply_kernel(blackholes_of(config));
  originator_.apply(changed_routes({}, config.originate));
  originator_.finish();
  // Sessions wait for the first look at the kernel, so that no next hop seems unreachable.
  kernel_.on_host_changed([this] {
    speaker_.host_changed();
    listener_.retry_now();
  });
  if (auto started = kernel_.start([this] { start_neighbors(); }); !started) {
    return started;
  }
  await_signal();
  return {};
}

void Router::Impl::start_neighbors() {
  if (neighbors_started_ || ending_) {
    return;
  }
  neighbors_started_ = true;
  for (const config::NeighborConfig& neighbor : running_.config.neighbors) {
    add_neighbor(neighbor, reloader_.policies_of(neighbor));
  }
  if (!listen() && running_.config.listen.on_failure == config::ListenFailure::Exit) {
    net::log(LogPart::Daemon, LogLevel::Error, "ending, as listen.on-failure says");
    exit_status_ = kCannotListen;
    boost::asio::post(loop_.context(), [this] { shut_down(); });
    return;
  }
  sessions_began_ = loop_.now();
  await_convergence();
}

/// Kernel routes of an earlier run stay until every neighbor has had its say about them; those that
/// should lead elsewhere wait for absent neighbors less long.
void Router::Impl::await_convergence() {
  if (converged()) {
    kernel_.reconcile();
    return;
  }
  if (loop_.now() - sessions_began_ >= kSilentNeighbors) {
    kernel_.replace_stale();
  }
  convergence_.expires_after(kConvergencePoll);
  convergence_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      await_convergence();
    }
  });
}

bool Router::Impl::converged() const {
  const net::Duration waited = loop_.now() - sessions_began_;
  const auto& neighbors = speaker_.neighbors();
  const bool all_there = std::all_of(neighbors.begin(), neighbors.end(), [](const auto& neighbor) {
    return neighbor->peer->established() || neighbor->config.session.shutdown;
  });
  const bool heard = speaker_.converged(kSilentNeighbors) && rib_.settled();
  return (all_there && heard) || (waited >= kAbsentNeighbors && heard) ||
         waited >= kConvergenceLimit;
}

bool Router::Impl::listen() {
  const auto problems = listener_.listen(running_.config.listen.addresses);
  for (const std::string& problem : problems) {
    net::log(LogPart::Bgp, LogLevel::Error, "{}; trying again", problem);
  }
  return problems.empty();
}

void Router::Impl::add_neighbor(const config::NeighborConfig& config,
                                const NeighborPolicies& policies) {
  auto transport = std::make_unique<bgp::AsioTransport>(loop_);
  Neighbor* neighbor = speaker_.add(config, policies, *transport, loop_.random_seed());
  if (neighbor == nullptr) {
    net::log(LogPart::Bgp, LogLevel::Error, "{}: too many neighbors, this one is left out",
             config.session.name);
    return;
  }
  transport->attach(*neighbor->peer);
  listener_.set_neighbor(*neighbor->peer, *transport);
  transports_.emplace(config.session.name, std::move(transport));
  if (config.session.shutdown) {
    neighbor->peer->stop(
        bgp::cease(bgp::CeaseSubcode::AdministrativeShutdown, *config.session.shutdown));
  } else {
    neighbor->peer->start();
  }
}

void Router::Impl::remove_neighbor(Neighbor& neighbor) {
  const std::string name = neighbor.name();
  listener_.remove_neighbor(*neighbor.peer);
  speaker_.remove(neighbor);
  transports_.erase(name);
}

void Router::Impl::neighbor_changed(Neighbor& neighbor) {
  listener_.set_neighbor(*neighbor.peer, *transports_.at(neighbor.name()));
}

void Router::Impl::note_router_id() const {
  if (!running_.config.router.id) {
    const auto id = net::IpAddress::v4(running_.config.rib.router_id);
    const auto choice = router_id_of_host(running_.config);
    net::log(LogPart::Daemon, LogLevel::Info, "router id {}: {}", id.to_string(),
             choice && choice->address == id ? choice->origin
                                             : "taken from this host's addresses before");
  }
}

void Router::Impl::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    if (signal == SIGHUP) {
      hang_up();
    } else {
      shut_down();
      return;
    }
    await_signal();
  });
}

void Router::Impl::shut_down() {
  if (std::exchange(ending_, true)) {
    return;
  }
  background_.end();
  convergence_.cancel();
  confirmation_.cancel();
  net::log(LogPart::Daemon, LogLevel::Info, "shutting down");
  listener_.listen({});
  for (const auto& neighbor : speaker_.neighbors()) {
    neighbor->peer->stop(bgp::cease(bgp::CeaseSubcode::AdministrativeShutdown));
  }
  server_->stop();
  kernel_.shut_down();
  // The loop runs out once the last NOTIFICATION and the last kernel route are written. A second
  // signal ends the process at once.
  signals_.cancel();
  signals_.clear();
}

Router::Router(std::string file, config::Loaded loaded)
    : impl_(std::make_unique<Impl>(std::move(file), std::move(loaded))) {}

Router::~Router() = default;

std::expected<void, std::string> Router::start() {
  return impl_->start();
}

int Router::run() {
  impl_->run();
  return impl_->exit_status();
}

}  // namespace pipit::daemon
