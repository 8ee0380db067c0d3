/*
 * What Java cannot take from DPDK's libraries by itself: functions that exist only as static
 * inlines in headers, the layout of structures, and the values of macros. One line of work per
 * function and no decisions; everything else Java calls in DPDK's libraries directly.
 *
 * Addresses of mbufs and pools cross as uintptr_t, counts and numbers as uint32_t, so that Java
 * passes plain long and int.
 */
#include "shim.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_prefetch.h>
#include <rte_version.h>

/* --- what Java checks before it trusts the rest --- */

const uint32_t sluice_shim_abi = SLUICE_SHIM_ABI;
const char sluice_built_with_dpdk[] = RTE_STR(RTE_VER_YEAR) "." RTE_STR(RTE_VER_MONTH);

#define SIZE(type) { #type, 0, sizeof(struct type) }
#define FIELD(type, member) \
	{ #type "." #member, offsetof(struct type, member), sizeof(((struct type *)0)->member) }
#define VALUE(macro) { #macro, (uint64_t)(macro), 0 }

const struct sluice_layout_entry sluice_layout[] = {
	SIZE(rte_mbuf),
	FIELD(rte_mbuf, buf_addr),
	FIELD(rte_mbuf, data_off),
	FIELD(rte_mbuf, refcnt),
	FIELD(rte_mbuf, nb_segs),
	FIELD(rte_mbuf, port),
	FIELD(rte_mbuf, ol_flags),
	FIELD(rte_mbuf, packet_type),
	FIELD(rte_mbuf, pkt_len),
	FIELD(rte_mbuf, data_len),
	FIELD(rte_mbuf, vlan_tci),
	FIELD(rte_mbuf, hash.rss),
	FIELD(rte_mbuf, buf_len),
	FIELD(rte_mbuf, pool),
	FIELD(rte_mbuf, next),

	SIZE(rte_eth_stats),
	FIELD(rte_eth_stats, ipackets),
	FIELD(rte_eth_stats, opackets),
	FIELD(rte_eth_stats, ibytes),
	FIELD(rte_eth_stats, obytes),
	FIELD(rte_eth_stats, imissed),
	FIELD(rte_eth_stats, ierrors),
	FIELD(rte_eth_stats, oerrors),
	FIELD(rte_eth_stats, rx_nombuf),

	SIZE(rte_eth_dev_info),
	FIELD(rte_eth_dev_info, device),
	FIELD(rte_eth_dev_info, driver_name),
	FIELD(rte_eth_dev_info, max_rx_queues),
	FIELD(rte_eth_dev_info, max_tx_queues),
	FIELD(rte_eth_dev_info, min_mtu),
	FIELD(rte_eth_dev_info, max_mtu),
	FIELD(rte_eth_dev_info, rx_offload_capa),
	FIELD(rte_eth_dev_info, tx_offload_capa),
	FIELD(rte_eth_dev_info, hash_key_size),
	FIELD(rte_eth_dev_info, flow_type_rss_offloads),

	SIZE(rte_eth_conf),
	FIELD(rte_eth_conf, rxmode.mq_mode),
	FIELD(rte_eth_conf, rxmode.mtu),
	FIELD(rte_eth_conf, rxmode.offloads),
	FIELD(rte_eth_conf, txmode.offloads),
	FIELD(rte_eth_conf, rx_adv_conf.rss_conf.rss_key),
	FIELD(rte_eth_conf, rx_adv_conf.rss_conf.rss_key_len),
	FIELD(rte_eth_conf, rx_adv_conf.rss_conf.rss_hf),

	SIZE(rte_eth_dev_owner),
	FIELD(rte_eth_dev_owner, id),
	FIELD(rte_eth_dev_owner, name),

	SIZE(sluice_link),
	FIELD(sluice_link, up),
	FIELD(sluice_link, speed_mbps),
	FIELD(sluice_link, full_duplex),

	VALUE(RTE_MAX_ETHPORTS),
	VALUE(RTE_ETH_NAME_MAX_LEN),
	VALUE(RTE_ETHER_HDR_LEN),
	VALUE(RTE_ETHER_ADDR_LEN),
	VALUE(RTE_PKTMBUF_HEADROOM),
	VALUE(RTE_MEMPOOL_CACHE_MAX_SIZE),
	VALUE(RTE_ETH_SPEED_NUM_UNKNOWN),
	VALUE(RTE_ETH_MQ_RX_RSS),
	VALUE(RTE_ETH_RSS_IP),
	VALUE(RTE_ETH_RSS_TCP),
	VALUE(RTE_ETH_RSS_UDP),
	VALUE(RTE_ETH_RX_OFFLOAD_SCATTER),
	VALUE(RTE_ETH_RX_OFFLOAD_CHECKSUM),
	VALUE(RTE_ETH_TX_OFFLOAD_MULTI_SEGS),
	VALUE(RTE_MBUF_F_RX_VLAN),
	VALUE(RTE_MBUF_F_RX_VLAN_STRIPPED),
	VALUE(RTE_MBUF_F_TX_VLAN),
	VALUE(RTE_MBUF_F_RX_RSS_HASH),
	VALUE(RTE_MBUF_F_RX_IP_CKSUM_MASK),
	VALUE(RTE_MBUF_F_RX_IP_CKSUM_BAD),
	VALUE(RTE_MBUF_F_RX_L4_CKSUM_MASK),
	VALUE(RTE_MBUF_F_RX_L4_CKSUM_BAD),

	VALUE(EACCES),
	VALUE(ENOMEM),
	VALUE(EFAULT),
	VALUE(EINVAL),
	VALUE(ENOTSUP),
	VALUE(EALREADY),

	VALUE(PROT_READ),
	VALUE(PROT_WRITE),
	VALUE(MAP_PRIVATE),
	VALUE(MAP_ANONYMOUS),
	VALUE(MAP_NORESERVE),
	VALUE(MADV_HUGEPAGE),
	VALUE(MADV_POPULATE_WRITE),
};
const uint32_t sluice_layout_count = RTE_DIM(sluice_layout);

/* --- static inlines of the packet path --- */

uint32_t
sluice_rx_burst(uint32_t port, uint32_t queue, uintptr_t mbufs, uint32_t capacity)
{
	return rte_eth_rx_burst(port, queue, (struct rte_mbuf **)mbufs, capacity);
}

uint32_t
sluice_tx_burst(uint32_t port, uint32_t queue, uintptr_t mbufs, uint32_t count)
{
	return rte_eth_tx_burst(port, queue, (struct rte_mbuf **)mbufs, count);
}

void
sluice_prefetch(uintptr_t addresses, uint32_t stride, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++, addresses += stride)
		rte_prefetch0(*(const void *const *)addresses);
}

uintptr_t
sluice_mbuf_alloc(uintptr_t pool)
{
	return (uintptr_t)rte_pktmbuf_alloc((struct rte_mempool *)pool);
}

void
sluice_mbuf_free(uintptr_t mbuf)
{
	rte_pktmbuf_free((struct rte_mbuf *)mbuf);
}

uintptr_t
sluice_mbuf_append(uintptr_t mbuf, uint32_t bytes)
{
	return (uintptr_t)rte_pktmbuf_append((struct rte_mbuf *)mbuf, bytes);
}

uintptr_t
sluice_mbuf_prepend(uintptr_t mbuf, uint32_t bytes)
{
	return (uintptr_t)rte_pktmbuf_prepend((struct rte_mbuf *)mbuf, bytes);
}

int
sluice_mbuf_trim(uintptr_t mbuf, uint32_t bytes)
{
	return rte_pktmbuf_trim((struct rte_mbuf *)mbuf, bytes);
}

uintptr_t
sluice_mbuf_adj(uintptr_t mbuf, uint32_t bytes)
{
	return (uintptr_t)rte_pktmbuf_adj((struct rte_mbuf *)mbuf, bytes);
}

int
sluice_mbuf_chain(uintptr_t head, uintptr_t tail)
{
	return rte_pktmbuf_chain((struct rte_mbuf *)head, (struct rte_mbuf *)tail);
}

int
sluice_mbuf_linearize(uintptr_t mbuf)
{
	return rte_pktmbuf_linearize((struct rte_mbuf *)mbuf);
}

/* --- macros, thread-locals and bit fields, which have no symbol or offset --- */

int
sluice_rte_errno(void)
{
	return rte_errno;
}

void
sluice_clear_rte_errno(void)
{
	rte_errno = 0;
}

int
sluice_link_get(uint32_t port, struct sluice_link *out)
{
	struct rte_eth_link link = {0};
	int code = rte_eth_link_get_nowait(port, &link);

	out->up = link.link_status;
	out->speed_mbps = link.link_speed;
	out->full_duplex = link.link_duplex;
	return code;
}

/* Whether a network interface of the kernel is up and running: 1 or 0, or -errno. */
int
sluice_interface_runs(const char *name)
{
	struct ifreq request = {0};
	int code, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	code = ioctl(fd, SIOCGIFFLAGS, &request) == 0 ? 0 : -errno;
	close(fd);
	if (code != 0)
		return code;
	return (request.ifr_flags & IFF_UP) && (request.ifr_flags & IFF_RUNNING);
}

/* Returns 0 or -errno. */
int
sluice_pin_calling_thread(uint32_t core)
{
	cpu_set_t set;

	if (core >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET(core, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 ? 0 : -errno;
}

/* Returns 0, 1 when the thread has no other core (nothing is changed then), or -errno. */
int
sluice_keep_thread_off(int32_t tid, uint32_t core)
{
	cpu_set_t set;

	if (core >= CPU_SETSIZE)
		return -EINVAL;
	if (sched_getaffinity(tid, sizeof(set), &set) != 0)
		return -errno;
	CPU_CLR(core, &set);
	if (CPU_COUNT(&set) == 0)
		return 1;
	return sched_setaffinity(tid, sizeof(set), &set) == 0 ? 0 : -errno;
}
