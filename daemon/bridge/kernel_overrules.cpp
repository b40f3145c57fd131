#include "daemon/bridge/kernel_overrules.hpp"

#include <chrono>

#include <fmt/format.h>

#include "daemon/bridge/kernel_words.hpp"
#include "net/log.hpp"

namespace pipit::daemon {
namespace {

constexpr std::size_t kMaxWarned = 65536;  // prefixes that are remembered to have a line

}  // namespace

void KernelOverrules::set_ownership(std::optional<kernel::Ownership> ownership) {
  if (ownership == ownership_) {
    return;
  }
  ownership_ = std::move(ownership);
  overruling_.clear();
  pending_.clear();
  if (ownership_) {
    routes_.for_each([this](const kernel::Route& route) {
      if (ownership_->owns(route.key, route.body.protocol)) {
        pending_.push_back({route.key.prefix, route.key.table});
      }
    });
  }
}

void KernelOverrules::on_changed(const kernel::Route& route) {
  if (!ownership_ || !ownership_->places.has_table(route.key.table)) {
    return;
  }
  // That of ours which just came has its place in the view at hand: nearly always it is alone.
  const Found found = find(route.key.table, route.key.prefix);
  const Spot spot{route.key.prefix, route.key.table};
  if ((found.ours && found.other) || (!overruling_.empty() && overruling_.contains(spot))) {
    pending_.push_back(spot);
  }
}

void KernelOverrules::on_removed(const kernel::Route& route) {
  const Spot spot{route.key.prefix, route.key.table};
  if (!overruling_.empty() && overruling_.contains(spot)) {
    pending_.push_back(spot);
  }
}

void KernelOverrules::settle(net::TimePoint now) {
  for (const Spot& spot : pending_) {
    look(spot, now);
  }
  pending_.clear();
}

void KernelOverrules::look(const Spot& spot, net::TimePoint now) {
  const Found found = find(spot.table, spot.prefix);
  if (!found.ours || !found.other || *found.ours >= *found.other) {
    overruling_.erase(spot);
    return;
  }
  if (overruling_.insert(spot).second) {
    warn(spot, found, now);
  }
}

KernelOverrules::Found KernelOverrules::find(std::uint32_t table, const net::Prefix& prefix) const {
  struct Search {
    const kernel::Ownership& own;
    Found found{};
  } search{*ownership_};

  routes_.for_prefix(table, prefix,
                     [&search](const kernel::RouteKey& key, const kernel::RouteBody& body) {
                       Found& found = search.found;
                       if (search.own.owns(key, body.protocol)) {
                         if (!found.ours || key.metric < *found.ours) {
                           found.ours = key.metric;
                         }
                       } else if (key.tos == 0 && (!found.other || key.metric < *found.other)) {
                         found.other = key.metric;
                         found.body = &body;
                       }
                     });
  return search.found;
}

/// One line for a prefix, and few in a time: `status` has the count.
void KernelOverrules::warn(const Spot& spot, const Found& found, net::TimePoint now) {
  if (warned_.size() >= kMaxWarned || !warned_.insert(spot).second) {
    return;
  }
  if (!log_limit_.allows(now)) {
    return;
  }
  net::log(net::LogPart::Kernel, net::LogLevel::Warning,
           "our route {} table {} metric {} overrules {}: packets go our way. A higher "
           "kernel.export.metric leaves the other program's route in force",
           spot.prefix.to_string(), spot.table, *found.ours, words_of_other(found));
}

std::string KernelOverrules::words_of_other(const Found& found) const {
  std::string way = found.body->type == kernel::RouteType::Unicast
                        ? std::string()
                        : ", " + type_name(found.body->type);
  if (!found.body->hops.empty()) {
    way = ", dev " + interface_name_(found.body->hops.front().interface_index);
  }
  return fmt::format("one of protocol {} with metric {}{}", protocol_name(found.body->protocol),
                     *found.other, way);
}

std::optional<net::Prefix> KernelOverrules::example() const {
  return overruling_.empty() ? std::nullopt : std::optional(overruling_.begin()->prefix);
}

std::string KernelOverrules::overruled_by(std::uint32_t table,
                                          const net::Prefix& prefix,
                                          std::uint32_t metric) const {
  if (!ownership_) {
    return {};
  }
  const Found found = find(table, prefix);
  return found.other && *found.other > metric ? words_of_other(found) : std::string();
}

std::size_t KernelOverrules::memory() const {
  return net::footprint(overruling_) + net::footprint(warned_) + net::reserved(pending_);
}

}  // namespace pipit::daemon
