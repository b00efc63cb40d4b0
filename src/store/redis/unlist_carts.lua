-- Takes entries out of an owner's list that were found to be wrong, unless an entry was made a short while ago: its
-- cart may be about to get this owner.
--
-- KEYS  the list, the hash that keeps entries in it
-- ARGV  the entries
-- answer  how many went
if redis.call('HLEN', KEYS[2]) ~= 0 then return 0 end
return redis.call('ZREM', KEYS[1], unpack(ARGV))
