#include "rib/table/next_hops.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "rib/table/last_address.hpp"

namespace pipit::rib {

namespace {

/// A link-local IPv6 next hop means the neighbor on one interface, whatever the routing table says.
bool on_one_link(const net::IpAddress& address) {
  return address.is_v6() && address.is_link_local();
}

}  // namespace

class NextHops::Impl {
 public:
  explicit Impl(const NextHopOptions& options) : options_(options) {}

  void configure(const NextHopOptions& options) {
    options_ = options;
    all_changed_ = true;
    if (settled_) {
      settle();
    }
  }

  void look_in(const IgpRoutes* routes) { routes_ = routes; }

  bool route_changed(const net::Prefix& prefix) {
    note_change(prefix);
    const std::optional<IgpRoute> now = find(prefix);
    if (now && now->connected) {
      const bool came = connected_.insert(prefix).second;
      lengths(prefix.afi())[prefix.length()] += came ? 1 : 0;
      return came;
    }
    const bool went = connected_.erase(prefix) != 0;
    lengths(prefix.afi())[prefix.length()] -= went ? 1 : 0;
    return went;
  }

  void set_local_addresses(std::vector<net::IpAddress> addresses) {
    std::set<net::IpAddress> now(addresses.begin(), addresses.end());
    std::vector<net::IpAddress> different;
    std::ranges::set_symmetric_difference(local_, now, std::back_inserter(different));
    for (const net::IpAddress& address : different) {
      note_change(net::Prefix::host(address));
    }
    local_ = std::move(now);
  }

  bool is_local(const net::IpAddress& address) const { return local_.contains(address); }

  bool is_connected(const net::Prefix& prefix) const { return connected_.contains(prefix); }

  std::optional<net::Prefix> connected_prefix(const net::IpAddress& address) const {
    for (int length = address.bits(); length >= 0; --length) {
      const auto bits = static_cast<std::uint8_t>(length);
      if (lengths(address.afi())[bits] != 0) {
        const net::Prefix prefix(address, bits);
        if (is_connected(prefix)) {
          return prefix;
        }
      }
    }
    return std::nullopt;
  }

  void settle() {
    const bool everything = !settled_ || all_changed_;
    settled_ = true;
    all_changed_ = false;
    std::set<std::uint32_t> concerned;
    if (everything) {
      for (const auto& [key, index] : index_) {
        concerned.insert(index);
      }
    } else {
      for (const net::Prefix& prefix : changed_) {
        const net::IpAddress last = last_address(prefix);
        for (auto at = first_from(prefix); at != index_.end() && at->first.address <= last; ++at) {
          concerned.insert(at->second);
        }
      }
    }
    changed_.clear();
    std::vector<NextHopKey> different;
    for (const std::uint32_t index : concerned) {
      Tracked& tracked = entries_[index];
      Tracked now = evaluate(tracked.key);
      if (now.resolution != tracked.resolution || now.own_address != tracked.own_address) {
        different.push_back(tracked.key);
        tracked = std::move(now);
      }
    }
    if (!different.empty()) {
      for (const auto& listener : listeners_) {
        listener(different);
      }
    }
  }

  void on_change(std::function<void(const std::vector<NextHopKey>&)> listener) {
    listeners_.push_back(std::move(listener));
  }

  std::uint32_t track(const NextHopKey& key) {
    const auto [at, made] = index_.try_emplace(key, 0);
    if (made) {
      if (free_.empty()) {
        at->second = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back(evaluate(key));
      } else {
        at->second = free_.back();
        free_.pop_back();
        entries_[at->second] = evaluate(key);
      }
    }
    keep(at->second);
    return at->second;
  }

  const Tracked& tracked(std::uint32_t index) const { return entries_[index]; }

  void for_each(const std::function<void(const NextHopKey&, const Resolution&)>& visit) const {
    for (const auto& [key, index] : index_) {
      visit(key, entries_[index].resolution);
    }
  }

  void begin_collection() {
    used_.assign(entries_.size(), false);
    collecting_ = true;
    collect_from_ = {};
  }

  void keep(std::uint32_t index) {
    if (collecting_ && index < entries_.size()) {
      used_.resize(std::max(used_.size(), entries_.size()));
      used_[index] = true;
    }
  }

  bool collect(std::size_t budget) {
    auto at = index_.lower_bound(collect_from_);
    for (; at != index_.end() && budget > 0; --budget) {
      const std::uint32_t index = at->second;
      if (index < used_.size() && used_[index]) {
        ++at;
        continue;
      }
      entries_[index] = {};
      free_.push_back(index);
      at = index_.erase(at);
    }
    if (at != index_.end()) {
      collect_from_ = at->first;
      return true;
    }
    collecting_ = false;
    return false;
  }

  Tracked under(const NextHopOptions& options, const NextHopKey& key) const {
    return evaluate(key, options);
  }

  std::size_t size() const { return index_.size(); }

  std::size_t capacity() const { return entries_.size(); }

  std::size_t memory() const {
    constexpr std::size_t kNode = 48;  // what a tree node costs besides its value
    return entries_.size() * (sizeof(Tracked) + sizeof(IgpHop)) +
           index_.size() * (kNode + sizeof(NextHopKey)) +
           connected_.size() * (kNode + sizeof(net::Prefix));
  }

 private:
  using Lengths = std::array<std::uint32_t, 129>;
  using Index = std::map<NextHopKey, std::uint32_t>;

  std::optional<IgpRoute> find(const net::Prefix& prefix) const {
    return routes_ != nullptr ? routes_->find(prefix) : std::nullopt;
  }

  bool has_length(net::Afi afi, std::uint8_t length) const {
    return routes_ != nullptr && routes_->has_length(afi, length);
  }

  Lengths& lengths(net::Afi afi) { return lengths_[afi == net::Afi::Ipv6 ? 1 : 0]; }

  const Lengths& lengths(net::Afi afi) const { return lengths_[afi == net::Afi::Ipv6 ? 1 : 0]; }

  /// The first next hop that the prefix may contain.
  Index::const_iterator first_from(const net::Prefix& prefix) const {
    return index_.lower_bound({.address = prefix.address()});
  }

  Tracked evaluate(const NextHopKey& key) const { return evaluate(key, options_); }

  Tracked evaluate(const NextHopKey& key, const NextHopOptions& options) const {
    Tracked tracked{.key = key, .resolution = {}, .own_address = is_local(key.address)};
    if (!settled_) {
      return tracked;
    }
    Resolution& resolution = tracked.resolution;
    if (on_one_link(key.address)) {
      resolution.via = net::Prefix::host(key.address);
      if (key.interface_index != 0) {
        resolution.reachable = true;
        resolution.connected = true;
        resolution.hops = {{key.address, key.interface_index}};
      }
      return tracked;
    }
    const auto [prefix, route] = longest_match(key.address, options.via_default);
    if (!route) {
      return tracked;
    }
    resolution.via = prefix;
    resolution.reachable = !route->hops.empty();
    resolution.connected = resolution.reachable && route->connected;
    resolution.cost = route->metric;
    resolution.hops = route->hops;
    for (IgpHop& hop : resolution.hops) {
      if (!hop.gateway) {
        hop.gateway = key.address;
      }
    }
    return tracked;
  }

  std::pair<net::Prefix, std::optional<IgpRoute>> longest_match(const net::IpAddress& address,
                                                                bool via_default) const {
    for (int length = address.bits(); length >= (via_default ? 0 : 1); --length) {
      const auto bits = static_cast<std::uint8_t>(length);
      if (has_length(address.afi(), bits)) {
        const net::Prefix prefix(address, bits);
        if (auto found = find(prefix)) {
          return {prefix, std::move(found)};
        }
      }
    }
    return {};
  }

  /// Nothing to note where no next hop is, which are few; one that is tracked later is resolved
  /// then. Before the first settle() everything is looked at anyway.
  void note_change(const net::Prefix& prefix) {
    if (!settled_ || all_changed_) {
      return;
    }
    const auto at = first_from(prefix);
    if (at != index_.end() && at->first.address <= last_address(prefix)) {
      changed_.push_back(prefix);
    }
  }

  NextHopOptions options_;
  bool settled_ = false;
  bool all_changed_ = false;
  const IgpRoutes* routes_ = nullptr;
  std::set<net::Prefix> connected_;
  std::array<Lengths, 2> lengths_{};  // of those, by prefix length, per address family
  std::set<net::IpAddress> local_;
  std::vector<net::Prefix> changed_;  // since the last settle()
  Index index_;
  std::deque<Tracked> entries_{1};  // by index; the first is never used
  std::vector<std::uint32_t> free_;
  bool collecting_ = false;
  std::vector<bool> used_;   // by index, while collecting
  NextHopKey collect_from_;  // next hops before it were looked at
  std::vector<std::function<void(const std::vector<NextHopKey>&)>> listeners_;
};

NextHops::NextHops(const NextHopOptions& options) : impl_(std::make_unique<Impl>(options)) {}

NextHops::~NextHops() = default;

void NextHops::look_in(const IgpRoutes* routes) {
  impl_->look_in(routes);
}

bool NextHops::route_changed(const net::Prefix& prefix) {
  return impl_->route_changed(prefix);
}

void NextHops::set_local_addresses(std::vector<net::IpAddress> addresses) {
  impl_->set_local_addresses(std::move(addresses));
}

bool NextHops::is_local(const net::IpAddress& address) const {
  return impl_->is_local(address);
}

bool NextHops::is_connected(const net::Prefix& prefix) const {
  return impl_->is_connected(prefix);
}

std::optional<net::Prefix> NextHops::connected_prefix(const net::IpAddress& address) const {
  return impl_->connected_prefix(address);
}

void NextHops::configure(const NextHopOptions& options) {
  impl_->configure(options);
}

void NextHops::settle() {
  impl_->settle();
}

void NextHops::on_change(std::function<void(const std::vector<NextHopKey>&)> listener) {
  impl_->on_change(std::move(listener));
}

const Resolution& NextHops::resolve(const NextHopKey& key) {
  return impl_->tracked(impl_->track(key)).resolution;
}

namespace {

NextHopKey key_of(const net::IpAddress& address, std::uint32_t interface_index) {
  const bool scoped = address.is_v6() && address.is_link_local();
  return {address, scoped ? interface_index : 0};
}

std::optional<std::uint32_t> cost_of(const NextHops::Tracked& next_hop) {
  return next_hop.resolution.reachable && !next_hop.own_address
             ? std::optional(next_hop.resolution.cost)
             : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> NextHops::cost(const net::IpAddress& address,
                                            std::uint32_t interface_index) const {
  return cost_of(impl_->tracked(impl_->track(key_of(address, interface_index))));
}

NextHops::Tracked NextHops::under(const NextHopOptions& options, const NextHopKey& key) const {
  return impl_->under(options, key);
}

std::optional<std::uint32_t> NextHopsUnder::cost(const net::IpAddress& address,
                                                 std::uint32_t interface_index) const {
  return cost_of(now_.under(options_, key_of(address, interface_index)));
}

std::uint32_t NextHops::track(const NextHopKey& key) {
  return impl_->track(key);
}

const NextHops::Tracked& NextHops::tracked(std::uint32_t index) const {
  return impl_->tracked(index);
}

std::size_t NextHops::size() const {
  return impl_->size();
}

std::size_t NextHops::capacity() const {
  return impl_->capacity();
}

void NextHops::begin_collection() {
  impl_->begin_collection();
}

void NextHops::keep(std::uint32_t index) {
  impl_->keep(index);
}

bool NextHops::collect(std::size_t budget) {
  return impl_->collect(budget);
}

std::size_t NextHops::memory() const {
  return impl_->memory();
}

void NextHops::for_each(
    const std::function<void(const NextHopKey&, const Resolution&)>& visit) const {
  impl_->for_each(visit);
}

}  // namespace pipit::rib
