// What operators ask the Router for: reload, check, and commands about one neighbor.
#include <map>
#include <set>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "daemon/router_impl.hpp"
#include "net/log.hpp"

namespace pipit::daemon {

using net::LogLevel;
using net::LogPart;

namespace {

using NeighborsByName = std::map<std::string_view, const config::NeighborConfig*>;

NeighborsByName by_name(const config::Config& config) {
  NeighborsByName neighbors;
  for (const config::NeighborConfig& neighbor : config.neighbors) {
    neighbors.emplace(neighbor.session.name, &neighbor);
  }
  return neighbors;
}

/// What an operator switched off or on stays so until the file says something else than before.
config::NeighborConfig with_operators_word(config::NeighborConfig next,
                                           const Neighbor& running,
                                           const NeighborsByName& before) {
  const auto old = before.find(next.session.name);
  if (old != before.end() && old->second->session.shutdown == next.session.shutdown) {
    next.session.shutdown = running.config.session.shutdown;
  }
  return next;
}

}  // namespace

control::ReloadResult Router::Impl::reload() {
  control::ReloadResult result;
  auto loaded = config::load(running_.file);
  result.diagnostics = config::to_text(loaded ? loaded->warnings : loaded.error());
  if (!loaded) {
    net::log(LogPart::Config, LogLevel::Error, "reload: {} has errors, nothing has changed",
             running_.file);
    return result;
  }
  if (auto completed = complete(loaded->config, running_.config.rib.router_id); !completed) {
    result.diagnostics += completed.error() + '\n';
    return result;
  }
  result.ok = true;
  apply(std::move(loaded->config), result);
  net::log(LogPart::Config, LogLevel::Info,
           "reload: neighbors: {} added, {} removed, {} reset, {} changed in place",
           result.added.size(), result.removed.size(), result.reset.size(), result.updated.size());
  return result;
}

void Router::Impl::apply(config::Config next, control::ReloadResult& result) {
  const config::Config before = std::exchange(running_.config, std::move(next));
  const config::Config& now = running_.config;
  running_.loaded_at = std::chrono::system_clock::now();
  net::configure_log(now.log);
  running_.policies.load(now.policies);
  if (before.rib != now.rib) {
    rib_.configure(now.rib);
  }
  apply_kernel();
  originator_.apply(now.originate);
  if (neighbors_started_) {
    apply_neighbors(before, now, result);
    listen();
  }
  restart_control_if_changed(before.control);
}

void Router::Impl::apply_neighbors(const config::Config& before,
                                   const config::Config& next,
                                   control::ReloadResult& result) {
  const NeighborsByName old = by_name(before);
  const NeighborsByName wanted = by_name(next);
  std::vector<Neighbor*> gone;
  for (const auto& neighbor : speaker_.neighbors()) {
    if (!wanted.contains(neighbor->name())) {
      gone.push_back(neighbor.get());
    }
  }
  for (Neighbor* neighbor : gone) {
    result.removed.push_back(neighbor->name());
    remove_neighbor(*neighbor);
  }
  std::map<std::string, Neighbor*, std::less<>> running;  // a change moves the names
  for (const auto& neighbor : speaker_.neighbors()) {
    running.emplace(neighbor->name(), neighbor.get());
  }
  for (const config::NeighborConfig& in_file : next.neighbors) {
    const auto known = running.find(in_file.session.name);
    if (known == running.end()) {
      result.added.push_back(in_file.session.name);
      add_neighbor(in_file);
      continue;
    }
    Neighbor& neighbor = *known->second;
    const config::NeighborConfig config = with_operators_word(in_file, neighbor, old);
    if (neighbor.config == config && neighbor.policies == policies_of(config)) {
      continue;
    }
    const bool reset = bgp::needs_reset(neighbor.config.session, config.session);
    (reset ? result.reset : result.updated).push_back(config.session.name);
    change_neighbor(neighbor, config);
  }
}

/// Not at once: whoever asked for the reload still waits on the old socket for its answer.
void Router::Impl::restart_control_if_changed(const control::ControlOptions& before) {
  if (before != running_.config.control) {
    boost::asio::post(loop_.context(), [this] { restart_control(); });
  }
}

void Router::Impl::restart_control() {
  if (ending_) {
    return;
  }
  server_->stop();
  server_ =
      std::make_unique<control::Server>(loop_.context(), running_.config.control,
                                        control::Server::Daemon{.view = view_, .commands = *this});
  if (const auto started = server_->start(); !started) {
    net::log(LogPart::Control, LogLevel::Error, "{}", started.error());
  }
}

/// What is wrong with the text itself is said in full. Of files that it includes only that
/// something is wrong: the daemon may read files that whoever asks may not.
control::ConfigCheck Router::Impl::check(const std::string& file, const std::string& text) const {
  const auto loaded = config::load_text(text, file);
  control::ConfigCheck result{.ok = loaded.has_value(), .diagnostics = {}};
  std::set<std::string> others;
  for (const config::Diagnostic& diagnostic : loaded ? loaded->warnings : loaded.error()) {
    if (diagnostic.file == file) {
      result.diagnostics += diagnostic.to_text();
    } else if (others.insert(diagnostic.file).second) {
      result.diagnostics += diagnostic.file + ": see pipitd --check\n";
    }
  }
  return result;
}

template <typename Work>
control::DaemonCommands::Result Router::Impl::with_neighbor(std::string_view name, Work&& work) {
  Neighbor* neighbor = speaker_.find(name);
  if (neighbor == nullptr) {
    return std::unexpected(control::Refusal{control::Refusal::Kind::NotFound,
                                            "there is no neighbor \"" + std::string(name) + '"'});
  }
  return work(*neighbor);
}

control::DaemonCommands::Result Router::Impl::enable_neighbor(std::string_view name) {
  return with_neighbor(name, [](Neighbor& neighbor) -> Result {
    neighbor.config.session.shutdown.reset();
    neighbor.peer->set_options(neighbor.config.session);
    neighbor.peer->start();
    return neighbor.name() + " is enabled";
  });
}

control::DaemonCommands::Result Router::Impl::disable_neighbor(std::string_view name,
                                                               std::string_view message) {
  return with_neighbor(name, [&](Neighbor& neighbor) -> Result {
    if (message.size() > bgp::kMaxShutdownCommunication) {
      return std::unexpected(
          control::Refusal{control::Refusal::Kind::Refused,
                           fmt::format("the message has {} octets, at most {} fit", message.size(),
                                       bgp::kMaxShutdownCommunication)});
    }
    neighbor.config.session.shutdown = std::string(message);
    neighbor.peer->set_options(neighbor.config.session);
    return neighbor.name() + " is shut down";
  });
}

control::DaemonCommands::Result Router::Impl::reset_neighbor(std::string_view name) {
  return with_neighbor(name, [](Neighbor& neighbor) -> Result {
    neighbor.peer->reset(bgp::cease(bgp::CeaseSubcode::AdministrativeReset));
    return neighbor.name() + " is reset";
  });
}

control::DaemonCommands::Result Router::Impl::refresh_neighbor(
    std::string_view name, control::RefreshDirection direction) {
  return with_neighbor(name, [&](Neighbor& neighbor) -> Result {
    using control::RefreshDirection;
    if (!neighbor.peer->established()) {
      return std::unexpected(control::Refusal{control::Refusal::Kind::Refused,
                                              neighbor.name() + " is not Established"});
    }
    const bool in = direction != RefreshDirection::Out && speaker_.refresh_in(neighbor);
    const bool out = direction != RefreshDirection::In && speaker_.refresh_out(neighbor);
    if (direction != RefreshDirection::Out && !in) {
      return std::unexpected(
          control::Refusal{control::Refusal::Kind::Refused,
                           neighbor.name() + " did not negotiate ROUTE-REFRESH (RFC 2918)"});
    }
    return neighbor.name() + (in && out ? ": routes are asked for and sent again"
                              : in      ? ": routes are asked for again"
                                        : ": routes are sent again");
  });
}

}  // namespace pipit::daemon
