// All update groups: the export side of the RIB as the daemon and control/ see it.
//
// The daemon adds a member when a session is Established, removes it when the session goes down,
// and tells flow control, refreshes and changed options. Everything else follows from the journals
// of the Loc-RIBs. One thread; the work runs as tasks on the loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "net/loop.hpp"
#include "rib/out/recall.hpp"
#include "rib/out/update_group.hpp"

namespace pipit::rib {

/// One group for `show groups`.
struct GroupView {
  std::uint32_t number = 0;  // its own as long as it lives, and no later group's
  net::Family family;
  std::string key;     // in words
  std::string policy;  // name of the export policy; empty: none
  std::vector<MemberId> members;
  std::vector<MemberId> slow_members;  // left the stream because their queues grew, or hold it up
  std::uint32_t routes = 0;            // in the Adj-RIB-Out
  std::uint64_t slow_events = 0;       // how often one was found to be slow
  std::size_t lag = 0;                 // journal entries that it has not come to
  bool built = false;                  // false: walks the table for the first time
  std::uint64_t too_large = 0;         // routes whose attributes did not fit a message
  std::uint64_t messages = 0;          // UPDATEs encoded, once for all members
  std::uint64_t octets = 0;            // of these
  std::size_t memory = 0;              // octets
};

/// A route as a member gets it. The attributes are valid during the visit.
struct AdvertisedRoute {
  DestinationId destination{};
  net::RouteKey key;
  SourceId source = kNoSource;
  bgp::AttributesView attributes;
};

/// Why a destination is advertised to a member or not.
struct ExportExplanation {
  ExportVerdict verdict = ExportVerdict::NoRoute;
  SourceId source = kNoSource;  // of the best path
  policy::Outcome policy;       // what export policy said, as far as it ran
  std::string policy_name;      // empty: none
  std::string text;             // the verdict in words
  // Of the member's group:
  std::string group;    // its key in words
  std::size_t lag = 0;  // journal entries that it has not come to
  bool built = false;   // false: it walks the table for the first time
  bool told = false;    // the member has been sent the group's state of this destination
  bool slow = false;    // the member left the stream because its queue grew
  /// What the member has been sent, or will be.
  std::optional<bgp::PathAttributes> attributes;
};

class UpdateGroups {
 public:
  /// Loop, store, sources, tables (by net::family_index) and `next_hops` must outlive it; the
  /// tables' journals must not run after it is gone. Policies ask `next_hops`; without it no next
  /// hop is reachable for them.
  UpdateGroups(net::Loop& loop,
               AttributeStore& store,
               const Sources& sources,
               const std::array<LocRib*, net::kFamilyCount>& tables,
               const ExportLimits& limits = {},
               const policy::NextHopResolver* next_hops = nullptr);
  UpdateGroups(const UpdateGroups&) = delete;
  UpdateGroups& operator=(const UpdateGroups&) = delete;
  ~UpdateGroups();

  /// A session is Established: sends it the table of each of its families, then End-of-RIB. The
  /// output must live until remove_member().
  MemberId add_member(const MemberInfo& info, MemberOutput& output);
  void remove_member(MemberId id);

  /// The member's queue has fallen below its low-water mark (PeerEvents::on_send_ready).
  void resume(MemberId id);
  /// The member reads again after it had stopped: takes back what waits in its queue, slice by
  /// slice, since it may be outdated, and sends the present state instead. Its output must be
  /// congested and write nothing until MemberOutput::recalled().
  void recall(MemberId id);
  /// The peer asked for a refresh. `demarcate`: RFC 7313 was negotiated, Begin-of-RR and End-of-RR
  /// go around it.
  void refresh(MemberId id, net::Family family, bool demarcate);

  /// Options changed, export policy above all. Only what comes out differently is sent. The source
  /// and the families must be the same as before. Members whose group key stays are left alone.
  void update_member(MemberId id, const MemberInfo& info);

  /// What its groups are chosen by. The member must exist.
  const MemberInfo& info(MemberId id) const { return members_[static_cast<std::size_t>(id)]->info; }

  /// Routes that a member has been sent or is about to be sent.
  std::uint32_t advertised_count(MemberId id, net::Family family) const;

  /// The member has got the table, and End-of-RIB after it.
  bool end_of_rib_sent(MemberId id, net::Family family) const;

  std::vector<GroupView> groups() const;
  /// The number of the group that a member is in; nullopt: it has not negotiated the family.
  std::optional<std::uint32_t> group_number(MemberId id, net::Family family) const;

  using Visit = std::function<void(const AdvertisedRoute&)>;
  /// Visits what the member was sent, at most `budget` destinations from `from` on. Returns where
  /// to go on; nullopt: done.
  std::optional<std::uint32_t> for_each_advertised(MemberId id,
                                                   net::Family family,
                                                   std::uint32_t from,
                                                   std::uint32_t budget,
                                                   const Visit& visit) const;
  /// The attributes with which the destination stands advertised to the member.
  std::optional<bgp::PathAttributes> advertised(MemberId id,
                                                net::Family family,
                                                DestinationId destination) const;
  /// When the member was last sent a destination that stands advertised to it; nullopt: it does
  /// not.
  std::optional<SentBetween> sent(MemberId id, net::Family family, DestinationId destination) const;
  ExportExplanation explain_export(MemberId id,
                                   net::Family family,
                                   DestinationId destination,
                                   Trace* trace = nullptr) const;

  /// Octets held by all groups.
  std::size_t memory() const;

  /// Octets of the buffers in which messages are packed, shared by all groups.
  std::size_t packer_memory() const { return packer_.memory() + scratch_.blocks.memory(); }

  /// True when every member has all that it should, as far as its session takes octets.
  bool settled() const;

 private:
  struct KeyHash {
    std::size_t operator()(const GroupKey& key) const { return hash_value(key); }
  };

  struct Member {
    MemberInfo info;
    MemberOutput* output = nullptr;
    std::array<std::unique_ptr<Membership>, net::kFamilyCount> families;
  };

  /// Takes groups that nobody uses out, and frees them slice by slice.
  class Reaper final : public net::Task {
   public:
    explicit Reaper(UpdateGroups& groups) : groups_(groups) {}

    bool run() override { return groups_.reap(); }

   private:
    UpdateGroups& groups_;
  };

  /// Ends sessions that do not read when too much is kept for them.
  class Ender final : public net::Task {
   public:
    explicit Ender(UpdateGroups& groups) : groups_(groups) {}

    bool run() override {
      groups_.end_hindering();
      return false;
    }

   private:
    UpdateGroups& groups_;
  };

  void end_hindering();
  UpdateGroup& group(const GroupKey& key);
  bool reap();
  const Membership* membership(MemberId id, net::Family family) const;
  AdvertisedRoute route(const Membership& member, DestinationId destination) const;
  void explain_best(const Membership& member,
                    DestinationId destination,
                    const BestPath& best,
                    Trace* trace,
                    ExportExplanation& why) const;

  net::Loop& loop_;
  AttributeStore& store_;
  const Sources& sources_;
  std::array<LocRib*, net::kFamilyCount> tables_;
  ExportLimits limits_;
  const policy::NextHopResolver* next_hops_;
  Packer packer_;
  mutable ExportScratch scratch_;
  Reaper reaper_{*this};
  Ender ender_{*this};
  Recall recall_{loop_};
  std::vector<std::unique_ptr<UpdateGroup>> groups_;  // in order of creation: work goes by it
  boost::unordered_flat_map<GroupKey, UpdateGroup*, KeyHash> by_key_;
  boost::unordered_flat_map<const UpdateGroup*, std::uint32_t> numbers_;
  std::uint32_t last_number_ = 0;  // of groups that ever were
  std::vector<std::unique_ptr<UpdateGroup>> unused_;
  std::vector<std::unique_ptr<Member>> members_;  // by id; null: free
  std::vector<std::uint32_t> free_;
};

}  // namespace pipit::rib
