// Takes back what waits in the write queue of a member that reads again after it had stopped: what
// stands there may be outdated. The newest slices come first; the routes that they name are pending
// for the member again, as its group has them now, or are withdrawn if it has them no more.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "bgp/wire/nlri.hpp"
#include "net/family.hpp"
#include "net/loop.hpp"
#include "rib/out/audience.hpp"

namespace pipit::rib {

class Recall final : public net::Task {
 public:
  explicit Recall(net::Loop& loop) : loop_(loop) {}

  ~Recall() override;

  using Families = std::span<const std::unique_ptr<Membership>, net::kFamilyCount>;

  /// Begins; ends with output.recalled(). Until then the output must be congested, so that nothing
  /// that is newer comes before the withdrawals. `member` stays valid until forget().
  void add(MemberId id, MemberOutput& output, Families member);
  /// The member goes.
  void forget(MemberId id);

  bool run() override;

 private:
  struct One {
    MemberId id;
    MemberOutput* output;
    Families families;
    /// Prefixes without a route of the group, not encoded yet; shorter than kBatch between slices.
    std::array<bgp::NlriList, net::kFamilyCount> gone{};
    std::vector<net::Slice> withdrawals{};
  };

  void take_back(One& one, net::ByteView octets);
  static void encode(One& one, std::size_t family);
  static void finish(One& one);

  net::Loop& loop_;
  std::deque<One> members_;
  bgp::NlriList nlri_;
};

}  // namespace pipit::rib
