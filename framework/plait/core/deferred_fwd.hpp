#pragma once

namespace plait {

/// A result that comes later. Room `deferred`, the floor above, defines it, and with it those
/// members of this room's classes that return one: include <plait/deferred/deferred.hpp> to call
/// them. What they stand on takes a plain function instead, so that this room needs no other.
template <class T>
class Deferred;

}  // namespace plait
