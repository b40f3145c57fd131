// What operators ask the Router for: check, and commands about one neighbor.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "control/refusals.hpp"
#include "daemon/router_impl.hpp"

namespace pipit::daemon {

void Router::Impl::check(const std::string& file,
                         std::string text,
                         control::Done<control::ConfigCheck> done) {
  background_.enqueue([file, text = std::move(text), done = std::move(done)]() mutable {
    const auto result = std::make_shared<control::ConfigCheck>();
    return std::optional<Background::Job>(
        std::in_place,
        [file = std::move(file), text = std::move(text), result] {
          *result = check_text(file, text);
        },
        [result, done = std::move(done)]() mutable { done(std::move(*result)); });
  });
}

template <typename Work>
control::DaemonCommands::Result Router::Impl::with_neighbor(std::string_view name, Work&& work) {
  Neighbor* neighbor = speaker_.find(name);
  if (neighbor == nullptr) {
    return std::unexpected(control::no_neighbor(name));
  }
  return work(*neighbor);
}

control::DaemonCommands::Result Router::Impl::enable_neighbor(std::string_view name) {
  return with_neighbor(name, [](Neighbor& neighbor) -> Result {
    if (!neighbor.config.password_problem.empty()) {
      return std::unexpected(control::Refusal{
          control::Refusal::Kind::Refused,
          neighbor.name() + " has no password: " + neighbor.config.password_problem +
              "; `pipit reload` reads it again"});
    }
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
