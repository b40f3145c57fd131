// Routes of a kernel that is not there, for next hops to resolve over.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "rib/table/next_hops.hpp"

namespace pipit::rib {

class IgpTable final : public IgpRoutes {
 public:
  /// Must outlive it.
  explicit IgpTable(NextHops& next_hops) : next_hops_(next_hops) { next_hops.look_in(this); }

  IgpTable(const IgpTable&) = delete;
  IgpTable& operator=(const IgpTable&) = delete;

  ~IgpTable() override { next_hops_.look_in(nullptr); }

  /// As NextHops::route_changed().
  bool set(const net::Prefix& prefix, IgpRoute route) {
    routes_[prefix] = std::move(route);
    return next_hops_.route_changed(prefix);
  }

  bool remove(const net::Prefix& prefix) {
    routes_.erase(prefix);
    return next_hops_.route_changed(prefix);
  }

  std::optional<IgpRoute> find(const net::Prefix& prefix) const override {
    const auto found = routes_.find(prefix);
    return found == routes_.end() ? std::nullopt : std::optional(found->second);
  }

  bool has_length(net::Afi afi, std::uint8_t length) const override {
    return std::ranges::any_of(routes_, [&](const auto& one) {
      return one.first.afi() == afi && one.first.length() == length;
    });
  }

 private:
  NextHops& next_hops_;
  std::map<net::Prefix, IgpRoute> routes_;
};

}  // namespace pipit::rib
