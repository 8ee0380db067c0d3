/* What the shim exports to Java. Raise SLUICE_SHIM_ABI with every change that Java must know of. */
#ifndef SLUICE_SHIM_H
#define SLUICE_SHIM_H

#include <stdint.h>

#define SLUICE_SHIM_ABI 5

/* A structure (size), a field (offset and size), or a macro (its value in offset, size 0). */
struct sluice_layout_entry {
	const char *name;
	uint64_t offset;
	uint64_t size;
};

/* DPDK's rte_eth_link holds bit fields, which have no offset. */
struct sluice_link {
	uint32_t up;
	uint32_t speed_mbps;
	uint32_t full_duplex;
};

extern const uint32_t sluice_shim_abi;
extern const char sluice_built_with_dpdk[];
extern const struct sluice_layout_entry sluice_layout[];
extern const uint32_t sluice_layout_count;

uint32_t sluice_rx_burst(uint32_t port, uint32_t queue, uintptr_t mbufs, uint32_t capacity);
uint32_t sluice_tx_burst(uint32_t port, uint32_t queue, uintptr_t mbufs, uint32_t count);
void sluice_prefetch(uintptr_t addresses, uint32_t stride, uint32_t count);

uintptr_t sluice_mbuf_alloc(uintptr_t pool);
void sluice_mbuf_free(uintptr_t mbuf);
uintptr_t sluice_mbuf_append(uintptr_t mbuf, uint32_t bytes);
uintptr_t sluice_mbuf_prepend(uintptr_t mbuf, uint32_t bytes);
int sluice_mbuf_trim(uintptr_t mbuf, uint32_t bytes);
uintptr_t sluice_mbuf_adj(uintptr_t mbuf, uint32_t bytes);
int sluice_mbuf_chain(uintptr_t head, uintptr_t tail);
int sluice_mbuf_linearize(uintptr_t mbuf);

int sluice_rte_errno(void);
void sluice_clear_rte_errno(void);
int sluice_link_get(uint32_t port, struct sluice_link *out);
int sluice_interface_runs(const char *name);
int sluice_pin_calling_thread(uint32_t core);
int sluice_keep_thread_off(int32_t tid, uint32_t core);

#endif
