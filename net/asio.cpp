// The compiled half of Boost.Asio, once for every part that uses it
// (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
