"""Keys of a configuration that nobody here reads: harmless ones are known by name, of the others the reader warns."""

from __future__ import annotations

import re

from roofrack.readers.fields import Fields

_HARMLESS = re.compile(
    r"_.*|.*(token_id|token_ids|token_index|_dropout|dropout|_drop|_eps|epsilon|initializer.*|_coef|_penalty|_dtype)"
    r"|architectures|auto_map|model_type|transformers_version|torch_dtype|dtype|use_cache|hidden_act(ivation)?"
    r"|activation_function|rope_.*|rotary_.*|partial_rotary_factors?|pretraining_tp|quantization_config"
    r"|compression_config|quantization|bos_token|eos_token|max_length|min_length|num_beams|num_beam_groups|temperature"
    r"|top_[kp]|typical_p|do_sample|early_stopping|output_.*|return_.*|id2label|label2id|problem_type|pruned_heads"
    r"|is_decoder|is_encoder_decoder|add_cross_attention|cross_attention_hidden_size|tie_encoder_decoder|finetuning_task"
    r"|prefix|task_specific_params|tokenizer_class|torchscript|use_bfloat16|tf_legacy_loss|chunk_size_feed_forward"
    r"|remove_invalid_values|num_return_sequences|no_repeat_ngram_size|exponential_decay_length_penalty|diversity_penalty"
    r"|bad_words_ids|suppress_tokens|begin_suppress_tokens|forced_.*|scoring_func|topk_.*|n_group|num_expert_group"
    r"|norm_topk_prob|.*scaling_factor|aux_loss.*|router_.*|seq_aux|ep_size|.*multiplier|.*softcap(ping)?|logit_.*"
    r"|query_pre_attn_scalar|.*_loss.*|unsloth.*|attn_implementation|time_step_.*|scale_.*|norm_type|clip_qkv"
)
_SHOWN = 6


def note_unread(fields: Fields) -> None:
    """Warn of keys that could change the architecture and that nobody has read.

    Args:
        fields: The decoder's configuration after everything else was read.
    """
    unread = [
        key
        for key, value in fields.data.items()
        if key not in fields.known
        and value not in (None, False, 0, 0.0, 1.0, "", [], {})
        and not _HARMLESS.fullmatch(key)
        and key not in _KNOWN
    ]
    if unread:
        names = ", ".join(sorted(unread)[:_SHOWN])
        more = f" and {len(unread) - _SHOWN} more" if len(unread) > _SHOWN else ""
        fields.warn(f"not understood and not used: {names}{more}")


_KNOWN = frozenset(
    """
    num_key_value_heads num_kv_heads qk_head_dim qk_rope_head_dim head_dim num_attention_heads expand mamba_expand
    chunk_size mamba_chunk_size mamba_hidden_act mlp_hidden_act activation block_size init_std summary_type init_device
    attn_pdrop embd_pdrop resid_pdrop attn_impl attn_type attn_config ffn_config alibi alibi_bias_max
    swiglu_limit swiglu_limits swiglu_limits_shared swiglu_alpha hc_sinkhorn_iters compress_rope_theta num_hash_layers
    compress_rates expert_dtype index_skip_topk_offset index_topk_freq index_topk_pattern index_block_size
    index_local_blocks indexer_rope_interleave index_share_for_mtp_iteration use_bidirectional_attention
    vocab_size_per_layer_input intermediate_size_mlp dense_intermediate_size attn_scale floor_scale attn_temperature_tuning
    attention_value_scale attention_chunk_size swa_rope_theta num_sliding_attention_heads layer_rope_theta
    qk_norm_type use_qk_norm use_gemma_norm use_routing_bias original_max_position_embeddings initial_context_length
    num_mtp_modules mtp_transformer_layers use_mtp mtp_layers_block_type mtp_hybrid_override_pattern
    mtp_use_dedicated_embeddings expert_selection_fn shared_expert_combination_strategy moe_norm_min
    moe_shared_expert_overlap moe_router_activation_func moe_renormalize use_moe_router_bias activation_sparsity_pattern
    altup_active_idx altup_coef_clip altup_correct_scale dim_model_base kda_lower_bound kda_safe_gate
    linear_lower_bound linear_a_log_min linear_a_log_max linear_dt_min linear_dt_max linear_dt_init_floor
    linear_allow_neg_eigval mlp_multipliers ssm_multipliers logits_scaling additional_vocab_size num_image_tokens
    activation_situ_beta activation_situ_linear_beta attn_res_block_size latent_moe_use_norm mla_use_nope
    use_grouped_topk add_swa_attention_sink_bias add_full_attention_sink_bias use_mamba_kernels num_logits_to_keep
    rescale_prenorm_residual residual_in_fp32 mamba_proj_bias use_mrope conv_L_cache audio_config vision_config
    mamba_norm_before_gate sparse_disable_index_value attention_output_gate sampler_seq_len interleaved_sliding_window
    """.split()  # noqa: SIM905  # a list of a hundred quoted words is harder to read
)
"""Keys that were looked at and found to change neither shapes nor what is kept, or that repeat another key."""
