#include "bgp/session/update_error_log.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace pipit::bgp {

void UpdateErrorLog::add(std::span<const UpdateError> errors,
                         std::span<const net::RouteKey> routes,
                         net::TimePoint now) {
  const auto kept = routes.first(std::min(routes.size(), kMaxRoutes));
  for (const UpdateError& error : errors) {
    if (errors_.size() == kErrors) {
      errors_.pop_front();
    }
    LoggedUpdateError& logged = errors_.emplace_back();
    logged.at = now;
    logged.error.action = error.action;
    logged.error.attribute = error.attribute;
    logged.error.reason = error.reason;
    const net::ByteView octets = error.octets;
    const net::ByteView shown = octets.first(std::min(octets.size(), kMaxOctets));
    logged.error.octets.assign(shown.begin(), shown.end());
    logged.routes.assign(kept.begin(), kept.end());
    logged.route_count = routes.size();
  }
}

const LoggedUpdateError* UpdateErrorLog::find(const net::RouteKey& key) const {
  for (const LoggedUpdateError& logged : std::views::reverse(errors_)) {
    if (std::ranges::find(logged.routes, key) != logged.routes.end()) {
      return &logged;
    }
  }
  return nullptr;
}

std::size_t UpdateErrorLog::memory() const {
  std::size_t octets = sizeof *this;
  for (const LoggedUpdateError& logged : errors_) {
    octets += sizeof logged + logged.error.reason.capacity() + logged.error.octets.capacity() +
              logged.routes.capacity() * sizeof(net::RouteKey);
  }
  return octets;
}

std::string_view to_string(ErrorAction action) {
  switch (action) {
    case ErrorAction::Keep:
      return "kept";
    case ErrorAction::DiscardAttribute:
      return "attribute discarded";
    case ErrorAction::TreatAsWithdraw:
      return "treated as withdraw";
    case ErrorAction::ResetSession:
      return "session reset";
  }
  return "?";
}

std::string_view section_of(const UpdateError& error) {
  const std::string_view reason = error.reason;
  const std::size_t begin = reason.rfind("(RFC ");
  const std::size_t end = reason.rfind(')');
  return begin == std::string_view::npos || end == std::string_view::npos || end < begin
             ? std::string_view()
             : reason.substr(begin + 1, end - begin - 1);
}

std::string routes_text(const LoggedUpdateError& error, std::size_t shown) {
  std::string text;
  const std::size_t count = std::min(shown, error.routes.size());
  for (std::size_t i = 0; i < count; ++i) {
    text += (text.empty() ? "" : ", ") + error.routes[i].to_string();
  }
  return error.route_count > count ? fmt::format("{} and {} more", text, error.route_count - count)
                                   : text;
}

}  // namespace pipit::bgp
