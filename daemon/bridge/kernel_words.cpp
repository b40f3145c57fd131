#include "daemon/bridge/kernel_words.hpp"

#include <map>

#include <linux/rtnetlink.h>

namespace pipit::daemon {

std::string protocol_name(std::uint8_t protocol) {
  static const std::map<std::uint8_t, std::string> kNames{
      {RTPROT_REDIRECT, "redirect"}, {RTPROT_KERNEL, "kernel"}, {RTPROT_BOOT, "boot"},
      {RTPROT_STATIC, "static"},     {RTPROT_RA, "ra"},         {RTPROT_ZEBRA, "zebra"},
      {RTPROT_BIRD, "bird"},         {RTPROT_DHCP, "dhcp"},     {RTPROT_BGP, "bgp"},
      {RTPROT_OSPF, "ospf"},         {RTPROT_ISIS, "isis"}};
  const auto name = kNames.find(protocol);
  return name == kNames.end() ? std::to_string(protocol) : name->second;
}

std::string table_words(std::uint32_t table) {
  switch (table) {
    case RT_TABLE_MAIN:
      return "the main table";
    case RT_TABLE_LOCAL:
      return "the local table";
    case RT_TABLE_DEFAULT:
      return "the default table";
    default:
      return "table " + std::to_string(table);
  }
}

std::string type_name(kernel::RouteType type) {
  switch (type) {
    case kernel::RouteType::Unicast:
      return "unicast";
    case kernel::RouteType::Blackhole:
      return "blackhole";
    case kernel::RouteType::Unreachable:
      return "unreachable";
    case kernel::RouteType::Prohibit:
      return "prohibit";
    case kernel::RouteType::Throw:
      return "throw";
  }
  return "";
}

}  // namespace pipit::daemon
