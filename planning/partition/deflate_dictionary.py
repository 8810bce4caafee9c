"""The words that records of job state are full of: the dictionary which they are deflated with.

It is part of format 2 and never changes: a byte more or less, and no stored record can be read. What comes most
often stands last (RFC 1950, section 2.2).
"""

from __future__ import annotations

WORDS = (
    b'"voice-cloning""voice-design""speech-to-text""audio-effects""media-transform""moderation"'
    b'"quality-assessment""prompt-refinement""image-editing""image-upscaling""image-enhancement"'
    b'"video-upscaling""sound-effects""text-to-text""video-generation"'
    b'"code":"deadline_exceeded","message":"the job did not end before its deadline""code":"crash_loop"'
    b'"code":"engine_failed","message":"the engine "code":"asset_not_found","message":"left out: '
    b'"code":"cancelled""code":"unsupported","message":"'
    b'"degraded":[{"code":""error":{"code":""substituted":true,"cached":true,"fresh":true,'
    b'"negative_prompt":"","instruction":"","description":"","language":"en","emotion":"","format":"png"'
    b'"clips":[{"source":{"$from":"","start_s":0.0,"duration_s":5.0,"motion":{"from":"to":'
    b'"tracks":[{"kind":"video","kind":"audio","kind":"caption","timeline":{"canvas":{"output":{'
    b'"brief":"","scenes":[{"picture":"","narration":"","style":"watercolor","captions":"both",'
    b'"aspect_ratio":"16:9","resolution":"720p","kind":"film","grown":["scenes","clips"],'
    b'"kind":"composition","kind":"graph","nodes":{"kind":"batch","items":[{"id":"'
    b'"mood":"calm","tempo":90,"intensity":0.5,"duration_s":30.0,"fps":24.0,"voice":"","speed":1.0'
    b'"composition""audio-generation""video-animation""text-to-speech""image-generation""text-generation"'
    b'"engine":"draft-voice""engine":"draft-music""engine":"draft-motion""engine":"composer"'
    b'"engine":"draft-picture""engine":"draft-story","seed":1'
    b'"deadline_ms":17,"allowed_ms":60000,"traceparent":"00-","labels":{"'
    b'"obeyed":[""run":2,"status":"cancelled","status":"failed","error":{"code":"status":"succeeded"'
    b'"ended_ms":17,"stage":"done","stage":"composing","stage":"animating","stage":"speaking","stage":"painting",'
    b'"media_type":"application/json""media_type":"audio/wav","duration_s":,"sample_rate_hz":48000,"channels":2'
    b'"media_type":"video/mp4","media_type":"text/plain","text":"media_type":"image/png","width_px":1024,"height_px":1024'
    b'"products":[{"role":"","asset":{"asset_id":"sha256:","bucket":"media","key":"blobs/","sha256":"","size_bytes":,'
    b'"status":"skipped","status":"waiting","retry_at_ms":17,"attempt":2,"failures":1,"deaths":1,'
    b'"status":"running","worker_id":"","lease_until_ms":17,"status":"done","fraction":1.0,"family":"draft"}'
    b'"needs":["{"$from":"","field":"text"}'
    b'{"job_id":"","request_id":"","idempotency_key":"","tenant":"default","kind":"task","wish":{"kind":"task",'
    b'"capability":"image-generation","params":{"prompt":"},"wish_digest":"","lane":"batch",'
    b'"lane":"interactive","quality":"draft","on_failure":"partial","on_failure":"placeholder",'
    b'"on_failure":"fail","seed":1,"engines":{"image-generation":"draft-picture"},"engines":{"text-generation":"draft-story"},'
    b'"outputs":["result"],"accepted_ms":17,"version":2,"nodes":{"result":{"node_id":"result","capability":"'
    b'text-generation","role":"result","params":{"text":"","prompt":""},"engine":"draft-story","seed":1'
    b',"status":"dispatched","fraction":0.0}},"applied":1,"seq":1,"stage":"writing"}'
)
