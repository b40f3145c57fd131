// The routes of our own (`originate:`): brings what changed about them into the RIB, in slices.
// Owned by the Router, which says what is different from before.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "net/address.hpp"
#include "net/loop.hpp"
#include "rib/options.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

/// A route of our own that is new, another one, or, nullopt, gone.
struct OriginateChange {
  net::Prefix prefix;
  std::optional<rib::OriginateOptions> route;
};

/// What is different in `after`, by prefix.
std::vector<OriginateChange> changed_routes(const std::vector<rib::OriginateOptions>& before,
                                            const std::vector<rib::OriginateOptions>& after);

/// How a route of our own is announced into the RIB.
bgp::PathAttributes attributes_of(const rib::OriginateOptions& route);

class Originator final : public net::Task {
 public:
  /// Both must outlive this object.
  Originator(net::Loop& loop, rib::Rib& rib) : loop_(loop), rib_(rib) {}

  ~Originator() override { loop_.cancel(*this); }

  /// Announces and withdraws in slices, after all that earlier calls asked for.
  void apply(std::vector<OriginateChange> changes);
  /// Does all of it now: at the start, before anybody waits.
  void finish();

  /// True when everything is in the RIB.
  bool idle() const { return changes_.empty(); }

  bool run() override;

 private:
  void carry_out(const OriginateChange& change);

  net::Loop& loop_;
  rib::Rib& rib_;
  std::deque<std::vector<OriginateChange>> changes_;
  std::size_t done_ = 0;  // of the first ones
};

}  // namespace pipit::daemon
