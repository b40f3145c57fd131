// One update group: the members of one family whose UPDATEs come out octet for octet the same.
//
// It reads the Loc-RIB's journal with one cursor, keeps one Adj-RIB-Out and sends each change once,
// encoded once, to its stream: the members that have everything up to the cursor. Every other
// member belongs to a follower, which knows what its members still lack (PendingSet), sends them
// the group's current state of that, in slices, and dissolves into the stream when nothing is left:
// so nobody goes back in time, and a slow member costs three bits for each destination.
//
// The work is a net::Task. Each slice leaves the stream, the followers and the Adj-RIB-Out in
// agreement. Destination ids stay valid for followers because each holds a journal cursor that it
// does not read with (a pin).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bgp/wire/nlri.hpp"
#include "net/loop.hpp"
#include "net/slice_budget.hpp"
#include "rib/out/adj_rib_out.hpp"
#include "rib/out/audience.hpp"
#include "rib/out/exporter.hpp"
#include "rib/out/follower.hpp"
#include "rib/out/group_key.hpp"
#include "rib/out/packer.hpp"
#include "rib/out/sent_log.hpp"
#include "rib/table/journal.hpp"
#include "rib/table/loc_rib.hpp"

namespace pipit::rib {

struct ExportLimits {
  std::uint32_t batch = 32768;                         // destinations packed at a time
  net::Duration slice = std::chrono::milliseconds(2);  // of choosing; encoding comes on top
  /// Octets in a member's queue at which it leaves the stream, while others can go on.
  std::size_t slow_queue = std::size_t{8} << 20;
  /// Withdrawn destinations of a family that may be kept for members that do not read, 28 octets
  /// each; more end the session of the one that is furthest behind.
  std::size_t kept_rows = std::size_t{2} << 20;
};

/// What the groups of a family work with; shared, since only one of them runs at a time.
struct ExportContext {
  net::Loop& loop;
  AttributeStore& store;
  const Sources& sources;
  LocRib& routes;
  Packer& packer;
  ExportScratch& scratch;
  const ExportLimits& limits;
  net::Task& reaper;  // scheduled when a group has become unused
  const policy::NextHopResolver* next_hops;
};

class UpdateGroup final : public net::Task {
 public:
  UpdateGroup(GroupKey key, const ExportContext& context);
  ~UpdateGroup() override;

  const GroupKey& key() const { return exporter_->key(); }

  const Exporter& exporter() const { return *exporter_; }

  const AdjRibOut& routes() const { return out_; }

  /// A new session: gets the table, then End-of-RIB.
  void join(Membership& member);
  /// The member leaves, in whatever state it is.
  void leave(Membership& member);
  /// Takes a member of another group over as soon as this group is built; it then gets what
  /// differs.
  void expect(Membership& member);
  void forget(Membership& member);
  /// What the queue of the member says of these is not sent after all: it is told their state once
  /// more. Those that the group has no route of are appended to `gone`: they must be withdrawn.
  void take_back(Membership& member, const bgp::NlriView& nlri, bgp::NlriList& gone);
  /// Sends everything again (RFC 2918), once the member has what it is owed already.
  void refresh(Membership& member, bool demarcate);

  bool run() override;

  /// No members, no expected ones: may be freed.
  bool unused() const { return members_ == 0 && incoming_.empty(); }

  std::size_t members() const { return members_; }

  std::size_t streaming() const { return stream_.members.size(); }

  std::size_t slow() const;

  /// How often a member, or all of the stream, was found to be slow.
  std::uint64_t slow_events() const { return slow_events_; }

  /// True when nobody of the stream takes more, and there is more.
  bool stalled() const { return stream_.congested() && lag() != 0; }

  /// Who takes no more and keeps the journal from moving on since before `oldest`, or since then
  /// too; lowers `oldest`.
  void find_hindering(Sequence& oldest, std::vector<MemberOutput*>& who) const;

  /// Journal entries that the group has not come to.
  std::size_t lag() const { return context_.routes.journal().backlog(cursor_); }

  /// False while the table is walked for the first time.
  bool built() const { return built_; }

  std::uint64_t too_large() const { return too_large_; }

  const Encoded& encoded() const { return encoded_; }

  /// Octets held: Adj-RIB-Out and followers.
  std::size_t memory() const;

  /// True when the member has the group's state of that destination.
  bool told(const Membership& member, DestinationId destination) const;

  /// When the member was last sent the destination, which it has (told()).
  SentBetween sent(const Membership& member, DestinationId destination) const {
    return when_sent(sent_, member.times, destination, context_.loop.now());
  }

  /// Makes the group small slice by slice before it is destroyed. True when more is left.
  bool dismantle(std::size_t budget) { return out_.shrink(budget); }

 private:
  using FollowerList = std::vector<std::unique_ptr<Follower>>;

  // update_group.cpp: the stream
  void advance_stream(net::SliceBudget& budget);
  void choose(net::SliceBudget& budget);
  void consider(DestinationId destination);
  bool silent(const StoredRoute& before, const StoredRoute& now, OutgoingBlocks::Number block);
  void refuse(const Follower* by);
  void warn_refused() const;
  void settle_stream();
  void send_end_of_rib(Membership& member);
  bool has_work() const;

  // update_group_members.cpp: followers, joiners, members from other groups
  void admit_joiners();
  void start_refreshes();
  void take_over_incoming();
  Follower& follower_from(UpdateGroup& from, Audience* audience);
  Follower& new_follower(Sequence pin);
  void advance_followers(net::SliceBudget& budget);
  void advance(Follower& follower, net::SliceBudget& budget);
  void begin_lap(Follower& follower);
  void tell(Follower& follower, std::uint32_t destination);
  void merge(Follower& follower);
  void remove_follower(const Follower& follower);
  Follower* follower_of(const Audience* audience) const;
  bool concerns_members(SourceId source) const;

  // update_group_slow.cpp: members that read slowly
  void evict_slow();
  void split_slow(Follower& follower, const net::SliceBudget& budget);
  /// Gives the member a follower of its own.
  Follower& set_apart(Membership& member);

  Sequence position() const { return context_.routes.journal().position(cursor_); }

  ExportContext context_;
  std::shared_ptr<Exporter> exporter_;  // shared with followers that left for another group
  AdjRibOut out_;
  CursorId cursor_;
  std::uint32_t walk_ = 0;  // destinations before it are evaluated, while not built
  bool built_ = false;
  Audience stream_;
  FollowerList followers_;
  std::size_t next_follower_ = 0;
  std::vector<Membership*> joining_;
  std::vector<Membership*> refreshing_;
  std::vector<Membership*> incoming_;
  std::vector<std::uint8_t> has_member_;  // by source
  std::size_t members_ = 0;
  SentLog sent_;
  std::size_t end_of_rib_owed_ = 0;  // to members of the stream
  std::uint64_t too_large_ = 0;
  Encoded encoded_;
  std::uint64_t slow_events_ = 0;
  bool was_stalled_ = false;
  net::Deadline warned_;
  std::vector<DestinationId> refused_;  // scratch
  // The last comparison of silent(), valid within a batch:
  StoredRoute compared_before_;
  StoredRoute compared_now_;
  bool compared_equal_ = false;
};

}  // namespace pipit::rib
